"""Errors: what the fake Twilio raises, each under Twilio's own code where Twilio has one."""


class CarrierError(Exception):
    """Be the base of everything that the fake Twilio raises on purpose."""


class UnknownNumber(CarrierError, LookupError):
    """Report a number that the account does not have."""


class UnknownResource(CarrierError, LookupError):
    """Report a sid that names nothing here."""


class UnusableNumber(CarrierError, ValueError):
    """Report a text that is no phone number a handset could have."""


class UnusableText(CarrierError, ValueError):
    """Report a text that no handset could send."""


class CarrierStoreError(CarrierError, OSError):
    """Report a database that the fake Twilio cannot use, with the cause and the remedy."""


class ApiError(CarrierError, ValueError):
    """Carry an answer of the REST API that is an error: Twilio's code, the HTTP status and the text."""

    def __init__(self, code: int, message: str, status: int = 400, detail: str | None = None) -> None:
        super().__init__(f"{message} ({code})")
        self.code, self.message, self.status, self.detail = code, message, status, detail
