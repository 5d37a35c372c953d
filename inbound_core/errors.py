"""The errors of the workbench: one base, and beside it the builtin that a caller would expect."""


class InboundError(Exception):
    """Stand above every error that the workbench raises on purpose.

    The text says what probably happened and what to do next, so it can be shown to a person as it is.
    """


class SetupError(InboundError):
    """Report that something was configured wrongly, as opposed to a bad message or record."""
