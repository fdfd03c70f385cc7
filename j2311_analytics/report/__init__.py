"""What people read: measures, charts, workbook, page and the monthly run."""
