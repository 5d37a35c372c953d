"""The subcommands of `inbound`, one module each."""
