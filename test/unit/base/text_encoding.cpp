// test: hex, base64 and percent-encoding.
#include <sluice/base/text.hpp>

#include <boost/test/unit_test.hpp>

using sluice::as_bytes;
using sluice::as_text;

namespace {

std::string all_byte_values() {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(text_encoding)

BOOST_AUTO_TEST_CASE(hex_is_lower_case_and_reads_either_case) {
    BOOST_TEST(sluice::hex(as_bytes("\x01\xab")) == "01ab");
    BOOST_TEST(as_text(sluice::from_hex("01aB").value()) == "\x01\xab");
    BOOST_TEST(
        as_text(sluice::from_hex(sluice::hex(as_bytes(all_byte_values()))).value()) ==
        all_byte_values()
    );
    for (const char* bad : {"0", "0g", "g0", "0x", " 0"})
        BOOST_TEST(!sluice::from_hex(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(base64_gives_the_values_of_rfc_4648) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [raw, text] : vectors) {
        BOOST_TEST(sluice::base64(as_bytes(raw)) == text);
        BOOST_TEST(as_text(sluice::from_base64(text).value()) == raw);
    }
    const std::string all = all_byte_values();
    BOOST_TEST(as_text(sluice::from_base64(sluice::base64(as_bytes(all))).value()) == all);
}

BOOST_AUTO_TEST_CASE(base64_that_no_encoder_writes_is_refused) {
    for (const char* bad :
         {"Z", "Zg", "Zg=", "Zg==Zg==", "Zh==", "Zm9=", "Z===", "====", "Zm9-", "Zm 9", "=m9v"})
        BOOST_TEST(!sluice::from_base64(bad).has_value(), bad);
}

BOOST_AUTO_TEST_CASE(only_unreserved_bytes_stay) {
    const std::string kept = "AZaz09-._~";
    BOOST_TEST(sluice::percent_encode(kept) == kept);
    BOOST_TEST(sluice::percent_encode("a b+c/\xc3\xa4*") == "a%20b%2Bc%2F%C3%A4%2A");
    BOOST_TEST(sluice::percent_encode_path("a b/c") == "a%20b/c");
    BOOST_TEST(sluice::percent_encode(std::string_view("\0", 1)) == "%00");
    BOOST_TEST(sluice::percent_encode_path(std::string_view("\0", 1)) == "%00");
}

BOOST_AUTO_TEST_CASE(percent_decoding_undoes_encoding_and_nothing_else) {
    const std::string all = all_byte_values();
    BOOST_TEST(sluice::percent_decode(sluice::percent_encode(all)).value() == all);
    BOOST_TEST(sluice::percent_decode("a+b%2b").value() == "a+b+");
    for (const char* bad : {"%", "%2", "a%2", "%zz", "%2g"})
        BOOST_TEST(!sluice::percent_decode(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()
