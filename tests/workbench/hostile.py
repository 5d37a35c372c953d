"""Markup that would run if anything put it into a page unescaped."""

MARKUP = '<img src=x onerror="window.pwn=1">'
