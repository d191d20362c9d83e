"""`huitong qa network`: real networks under the faults of real networks; nothing acknowledged may be lost."""
