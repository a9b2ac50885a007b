// test: digests by the vectors of their specifications.
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <utility>

using sluice::as_bytes;
using sluice::hex;

BOOST_AUTO_TEST_SUITE(digest)

BOOST_AUTO_TEST_CASE(sha256_gives_the_values_of_fips_180) {
    BOOST_TEST(
        hex(sluice::sha256({})) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    BOOST_TEST(
        hex(sluice::sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

BOOST_AUTO_TEST_CASE(sha256_in_pieces_is_sha256_at_once) {
    sluice::sha256_stream first;
    first.update(as_bytes("a"));
    sluice::sha256_stream moved(std::move(first));
    moved.update({});
    moved.update(as_bytes("bc"));
    sluice::sha256_stream last;
    last = std::move(moved);
    BOOST_TEST(hex(last.finish()) == hex(sluice::sha256(as_bytes("abc"))));
}

BOOST_AUTO_TEST_CASE(hmac_gives_the_values_of_rfc_4231) {
    const sluice::byte_vector key(20, std::byte{0x0b});
    BOOST_TEST(
        hex(sluice::hmac_sha256(key, as_bytes("Hi There"))) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
    BOOST_TEST(
        hex(sluice::hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    const sluice::byte_vector long_key(131, std::byte{0xaa}); // longer than a block: hashed first
    BOOST_TEST(
        hex(sluice::hmac_sha256(
            long_key, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")
        )) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    BOOST_TEST(
        hex(sluice::hmac_sha256({}, {})) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );
}

BOOST_AUTO_TEST_CASE(md5_gives_the_values_of_rfc_1321) {
    BOOST_TEST(hex(sluice::md5({})) == "d41d8cd98f00b204e9800998ecf8427e");
    BOOST_TEST(hex(sluice::md5(as_bytes("abc"))) == "900150983cd24fb0d6963f7d28e17f72");
}

BOOST_AUTO_TEST_CASE(random_bytes_are_as_many_as_asked_and_differ) {
    BOOST_TEST(sluice::random_bytes(0).empty());
    const auto first = sluice::random_bytes(16);
    const auto second = sluice::random_bytes(16);
    BOOST_TEST(first.size() == 16u);
    BOOST_TEST((first != second));
}

BOOST_AUTO_TEST_SUITE_END()
