"""Who among all enrolled people do these fingers belong to? In memory, searched exhaustively.

residents chooses the fingers that are scanned, packing stores templates small, shelf holds the descriptors of one
finger position, gallery the people; scan and search find candidates; segments is the disk, layout a file of it, beyond
the people who stay there.
"""

from gada.engine.gallery.beyond import Cipher
from gada.engine.gallery.candidate import Candidate
from gada.engine.gallery.gallery import Gallery

__all__ = ["Candidate", "Cipher", "Gallery"]
