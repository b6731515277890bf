"""The pure parts of the bench: figures, goals, reports and plots; nothing is measured here."""
