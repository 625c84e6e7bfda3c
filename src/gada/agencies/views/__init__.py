"""Pages of this room: coming in and leaving, one's own account, operators, places."""
