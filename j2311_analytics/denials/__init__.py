"""From adjudicated lines to denials, their causes, and the life of each service."""
