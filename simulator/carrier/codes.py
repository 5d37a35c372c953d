"""Codes: Twilio's error codes with the text it gives for them."""

from simulator.carrier.errors import ApiError

#: Two numbers that answer each other too fast: the code of the replies that fail, and of the alert for each.
LOOP = 14107
#: Codes on a message, asynchronously: what `error_message` says.
MESSAGE_ERRORS: dict[int, str] = {
    LOOP: "Reply rate limit hit replying to message",
    21610: "Attempt to send to unsubscribed recipient",
    21701: "The Messaging Service does not exist",
    21703: "The Messaging Service does not have a sender that can reach this destination",
    21704: "The Messaging Service contains no phone numbers",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30032: "Toll-Free Number Has Not Been Verified",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
    30036: "Validity Period Expired",
}

#: Alerts that are warnings; all others are errors.
_WARNINGS = {11321, 12200, 14101, 14102, 14103, 14104, 14109, 14110}


def log_level(code: int) -> str:
    """Give the level under which Monitor lists an alert."""
    return "warning" if code in _WARNINGS else "error"


def not_found(path: str) -> ApiError:
    """Make the answer for a resource that is not there."""
    return ApiError(20404, f"The requested resource {path} was not found", 404)


def masked(number: str) -> str:
    """Give a number as error texts show it: the last four characters hidden."""
    return number[:-4] + "XXXX" if len(number) > 4 else number


def invalid_to(number: str) -> ApiError:
    """Make the answer for a To that is no phone number."""
    return ApiError(21211, f"Invalid 'To' Phone Number: {masked(number)}")


def invalid_from(number: str) -> ApiError:
    """Make the answer for a From that is no address at all."""
    text = f"The 'From' number {number} is not a valid phone number, shortcode, or alphanumeric sender ID."
    return ApiError(21212, text)


def to_short_code(number: str) -> ApiError:
    """Make the answer for a To that is a short code."""
    return ApiError(21265, f"'To' number cannot be a Short Code: {masked(number)}")


def to_itself(number: str) -> ApiError:
    """Make the answer for a sender that would write to itself."""
    return ApiError(21266, f"'To' and 'From' number cannot be the same: {masked(number)}")


def no_twilio_number(number: str) -> ApiError:
    """Make the answer for a From that is a number but not one of the account's."""
    return ApiError(21659, f"'From' {number} is not a Twilio phone number or Short Code country mismatch")


def foreign_from(number: str) -> ApiError:
    """Make the same answer as it was before July 2024, and as the magic sender still stands for."""
    text = (
        f"The From phone number {number} is not a valid, SMS-capable inbound phone number or short code "
        "for your account."
    )
    return ApiError(21606, text)


def unsubscribed() -> ApiError:
    """Make the synchronous answer for a recipient who has opted out."""
    return ApiError(21610, MESSAGE_ERRORS[21610])


def out_of_range(name: str, value: str, rule: str) -> ApiError:
    """Make the answer for a parameter whose value cannot be; Twilio has no text of its own for most."""
    return ApiError(20001, f"Invalid parameter {name}: {value!r}. {rule}")


def not_reachable(number: str) -> ApiError:
    """Make the answer for a recipient whom no SMS from this sender reaches."""
    text = f"Message cannot be sent with the current combination of 'To' ({number}) and/or 'From' parameters"
    return ApiError(21612, text)


def region_not_enabled(number: str) -> ApiError:
    """Make the answer for a country that the account may not write to."""
    text = "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"
    return ApiError(21408, f"{text}: {number}.")


def not_mobile(number: str) -> ApiError:
    """Make the answer for a recipient that is no mobile number."""
    return ApiError(21614, f"'To' number {number} is not a valid mobile number")


def mixed_channels() -> ApiError:
    """Make the answer for a From and a To of different channels, such as WhatsApp and SMS."""
    return ApiError(21910, "Invalid From and To pair. From and To should be of the same channel")


def not_in_service(sender: str) -> ApiError:
    """Make the answer for a From that is given along with a service whose pool it is not in."""
    return ApiError(21711, f"The sender {sender} is not associated with the specified Messaging Service")


def not_valid(name: str, code: int) -> ApiError:
    """Make the answer of the 2010 API for the URL (21402) or the method (21403) of a webhook."""
    return ApiError(code, f"{name} is not valid")


def queue_full(number: str) -> ApiError:
    """Make the answer for a sender with more than four hours of messages waiting."""
    return ApiError(21611, f"This 'From' number {number} has exceeded the maximum number of queued messages", 429)


def unverified(number: str) -> ApiError:
    """Make the answer of a trial account for a number that it has not verified."""
    text = (
        f"The number {masked(number)} is unverified. Trial accounts cannot send messages to unverified numbers; "
        f"verify {masked(number)} at twilio.com/user/account/phone-numbers/verified, or purchase a Twilio number "
        "to send messages to unverified numbers"
    )
    return ApiError(21608, text)
