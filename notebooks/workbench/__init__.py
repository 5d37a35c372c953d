"""Widgets for the notebooks: they show what the engine decides and decide nothing themselves."""
