"""A local stand-in for both sides of an SMS conversation: the carrier's and the platform's."""
