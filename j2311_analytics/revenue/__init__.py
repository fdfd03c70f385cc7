"""What denials are worth: expected allowed amounts, chances, deadlines, order of work."""
