"""The eight leaves and the roots that implementations of RFC 6962 have published since 2013."""

from gada.engine.proof.merkle import EMPTY_ROOT, Tree, leaf_hash, root

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def test_published_roots():
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
    for size, expected in ROOTS.items():
        assert root(leaves[:size]).hex() == Tree(leaves).root(size).hex() == expected
    assert EMPTY_ROOT.hex() == ROOTS[0]
