"""Twilio: its webhook form, its signature and its REST API, each turned into the workspace's own words."""
