"""Reading files into tables: remittances, claim exports and what they share."""
