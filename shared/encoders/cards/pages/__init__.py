"""Cards as PDF pages, one a card."""
