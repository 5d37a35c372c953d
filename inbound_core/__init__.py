"""The rules of inbound SMS: who answered, what the answer means, and what follows from it."""
