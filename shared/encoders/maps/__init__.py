"""Casualties on maps: where they were hurt, and the ways they went."""
