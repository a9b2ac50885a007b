// test: the simulator's reader of bodies in chunks, by AWS's examples and by what is wrong with
// them.
#include "core/chunked_body.hpp"

#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;
using sluice::as_bytes;

namespace sim_chunks_test {

// AWS, "Transferring Payload in Multiple Chunks (Chunked Upload)", with and without trailer.
const authorization example = [] {
    authorization who;
    who.day = "20130524";
    who.region = "us-east-1";
    who.service = "s3";
    who.terminator = "aws4_request";
    return who;
}();

payload_claim claim_of(const std::string& seed, bool trailer) {
    payload_claim claim;
    claim.in_chunks = claim.signed_chunks = true;
    claim.trailer = trailer;
    claim.chain.key = signing_key(example, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    claim.chain.date = "20130524T000000Z";
    claim.chain.scope = scope_of(example);
    claim.chain.before = seed;
    return claim;
}

const payload_claim plain =
    claim_of("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", false);
const payload_claim trailed =
    claim_of("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", true);
const payload_claim unsigned_ones = [] {
    payload_claim claim;
    claim.in_chunks = claim.trailer = true;
    return claim;
}();

const std::string first_data(65'536, 'a'), second_data(1024, 'a');

const std::string plain_body =
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
    first_data +
    "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
    second_data +
    "\r\n0;chunk-signature="
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";

const std::string trailed_body =
    "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
    first_data +
    "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
    second_data +
    "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
    "x-amz-checksum-crc32c:sOO8/Q==\r\n"
    "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
    "\r\n";

const std::string trailer_name = "x-amz-checksum-crc32c";

struct outcome_of_reading {
    std::string code; ///< "" when all was accepted, "cut" when it was not whole
    std::string data, trailer;
};

outcome_of_reading read(
    const payload_claim& claim,
    std::uint64_t size,
    const std::string& body,
    std::size_t piece = SIZE_MAX
) {
    chunk_decoder frames(claim, size, claim.trailer ? trailer_name : "");
    outcome_of_reading out;
    for (std::size_t at = 0; at < body.size();) {
        const auto input = as_bytes(body).subspan(at).first(std::min(piece, body.size() - at));
        const auto step = frames.next(input);
        if (!step) {
            out.code = step.error().code;
            return out;
        }
        BOOST_REQUIRE(step->used > 0);
        out.data += sluice::as_text(step->data);
        at += step->used;
    }
    out.code = frames.done() ? "" : "cut";
    out.trailer = frames.trailer_value();
    return out;
}

std::string changed(std::string body, const std::string& from, const std::string& to) {
    const auto at = body.find(from);
    BOOST_REQUIRE_MESSAGE(at != body.npos, from);
    return body.replace(at, from.size(), to);
}

} // namespace sim_chunks_test

using namespace sim_chunks_test;

BOOST_AUTO_TEST_SUITE(sim_chunks)

BOOST_AUTO_TEST_CASE(the_documents_bodies_are_accepted_in_pieces_of_any_size) {
    for (const std::size_t piece :
         {SIZE_MAX, std::size_t{1}, std::size_t{7}, std::size_t{65'600}}) {
        const auto one = read(plain, 66'560, plain_body, piece);
        BOOST_TEST(one.code == "");
        BOOST_TEST((one.data == first_data + second_data));
        const auto two = read(trailed, 66'560, trailed_body, piece);
        BOOST_TEST(two.code == "");
        BOOST_TEST(two.trailer == "sOO8/Q==");
    }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_of_data_or_signature_is_refused) {
    const std::string mismatch = "SignatureDoesNotMatch";
    BOOST_TEST(read(plain, 66'560, changed(plain_body, "aaaa", "aaba")).code == mismatch);
    for (const char* const end : {"648\r\n", "497\r\n", "df9\r\n"})
        BOOST_TEST(
            read(plain, 66'560, changed(plain_body, end, std::string("000") + "\r\n")).code ==
            mismatch
        );
    BOOST_TEST(read(trailed, 66'560, changed(trailed_body, "sOO8", "sOO9")).code == mismatch);
    BOOST_TEST(
        read(trailed, 66'560, changed(trailed_body, "e435\r\n", "e436\r\n")).code == mismatch
    );
    BOOST_TEST(read(trailed, 66'560, plain_body).code == mismatch, "another seed");
}

BOOST_AUTO_TEST_CASE(the_sizes_must_be_those_announced) {
    BOOST_TEST(read(plain, 66'559, plain_body).code == "IncompleteBody");
    BOOST_TEST(read(plain, 66'561, plain_body).code == "IncompleteBody");
    BOOST_TEST(read(plain, 66'560, plain_body + "x").code == "IncompleteBody");
    BOOST_TEST(read(plain, 66'560, plain_body.substr(0, plain_body.size() - 2)).code == "cut");
    BOOST_TEST(
        read(plain, 66'560, changed(plain_body, "10000;", "010000;")).code == "IncompleteBody"
    );
    BOOST_TEST(
        read(plain, 66'560, changed(plain_body, "10000;", "0x10000;")).code == "IncompleteBody"
    );
    BOOST_TEST(
        read(plain, 66'560, changed(plain_body, "10000;", "ffff;")).code == "IncompleteBody"
    );
    BOOST_TEST(read(plain, 66'560, changed(plain_body, "\r\n", "\n")).code == "IncompleteBody");
    BOOST_TEST(
        read(plain, 66'560, changed(plain_body, ";chunk-signature=", ";chunk-signatur=")).code ==
        "IncompleteBody"
    );
}

BOOST_AUTO_TEST_CASE(only_the_last_chunk_of_data_is_small) {
    const std::string large(8192, 'x'), line = "\r\n", end = "0\r\n" + trailer_name + ":v\r\n\r\n";
    const std::string two_small = "1\r\nx\r\n1\r\nx\r\n" + end;
    BOOST_TEST(read(unsigned_ones, 2, two_small).code == "InvalidChunkSizeError");
    const std::string good = "2000\r\n" + large + "\r\n1\r\nx\r\n" + end;
    BOOST_TEST(read(unsigned_ones, 8193, good).code == "");
    BOOST_TEST(read(unsigned_ones, 0, end).code == "");
}

BOOST_AUTO_TEST_CASE(a_trailer_is_exactly_what_was_announced) {
    const std::string wrong = "MalformedTrailerError";
    const std::string last = "0\r\n";
    BOOST_TEST(read(unsigned_ones, 0, last + "\r\n").code == wrong);
    BOOST_TEST(read(unsigned_ones, 0, last + "x-amz-checksum-crc32:v\r\n\r\n").code == wrong);
    const std::string line = trailer_name + ":v\r\n";
    BOOST_TEST(read(unsigned_ones, 0, last + line + line + "\r\n").code == wrong);
    BOOST_TEST(
        read(unsigned_ones, 0, last + line + "x-amz-trailer-signature:00\r\n\r\n").code == wrong
    );
    auto none = unsigned_ones;
    none.trailer = false;
    BOOST_TEST(read(none, 0, last + line + "\r\n").code == wrong);
    // Signed, and without its signature.
    const auto at = trailed_body.find("x-amz-trailer-signature");
    BOOST_TEST(
        read(trailed, 66'560, trailed_body.substr(0, at) + "\r\n").code == "SignatureDoesNotMatch"
    );
}

BOOST_AUTO_TEST_SUITE_END()
