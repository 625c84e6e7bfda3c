"""Who among all enrolled people do these fingers belong to? In memory, searched exhaustively.

residents chooses the fingers that stay in memory, packing stores templates small, shelf holds the
descriptors of one finger position, gallery the people, search finds candidates, segments is the disk.
"""

from gada.engine.gallery.candidate import Candidate
from gada.engine.gallery.gallery import Gallery
from gada.engine.gallery.segments import Cipher

__all__ = ["Candidate", "Cipher", "Gallery"]
