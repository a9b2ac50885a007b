// test: the rules of CompleteMultipartUpload.
#include "core/multipart.hpp"

#include <sluice/base/hash.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <string>

using namespace sluice::sim;

namespace sim_multipart_test {

class text_blob final : public blob {
  public:
    explicit text_blob(std::string text) : text_(std::move(text)) {}
    std::uint64_t size() const override { return text_.size(); }
    bool read(std::uint64_t offset, sluice::bytes_span to) const override {
        std::memcpy(to.data(), text_.data() + offset, to.size());
        return true;
    }
    void flip_bit(std::uint64_t) override {}
    const std::string& name() const override { return text_; }
    void discard() override {}

  private:
    std::string text_;
};

part_ptr part_of(const std::string& text, const std::string& etag) {
    part one;
    one.size = text.size();
    one.etag = etag;
    one.data = std::make_shared<text_blob>(text);
    one.sums.crc64nvme = sluice::crc64nvme(sluice::as_bytes(text));
    return std::make_shared<const part>(one);
}

upload three_parts() {
    upload out;
    out.id = "u";
    out.parts[1] = part_of("12345", "e1");
    out.parts[3] = part_of("67", "e3");
    out.parts[4] = part_of("89", "e4");
    return out;
}

std::string chosen(const std::vector<claimed_part>& claims, std::uint64_t least = 2) {
    const auto parts = choose_parts(three_parts(), claims, least);
    if (!parts) return parts.error().code;
    std::string out;
    for (const auto& one : *parts)
        out += one->etag;
    return out;
}

claimed_part claim(unsigned number, const std::string& etag) {
    claimed_part out;
    out.number = number;
    out.etag = etag;
    return out;
}

checksum_claim claim_of(std::string_view text, checksum_kind kind) {
    checksum_claim out;
    out.kind = kind;
    out.value = kind == checksum_kind::crc64nvme ? sluice::crc64nvme(sluice::as_bytes(text))
                                                 : sluice::crc32c(sluice::as_bytes(text));
    return out;
}

std::vector<part_ptr> all_parts() {
    const auto from = three_parts();
    return {from.parts.at(1), from.parts.at(3), from.parts.at(4)};
}

} // namespace sim_multipart_test

using namespace sim_multipart_test;

BOOST_AUTO_TEST_SUITE(sim_multipart)

BOOST_AUTO_TEST_CASE(parts_are_taken_as_named_and_in_order) {
    BOOST_TEST(chosen({claim(1, "e1"), claim(3, "\"e3\""), claim(4, "e4")}) == "e1e3e4");
    BOOST_TEST(chosen({claim(1, "e1"), claim(4, "e4")}) == "e1e4");
    BOOST_TEST(chosen({claim(4, "e4")}, 100) == "e4");
}

BOOST_AUTO_TEST_CASE(wrong_lists_are_refused) {
    BOOST_TEST(chosen({claim(3, "e3"), claim(1, "e1")}) == "InvalidPartOrder");
    BOOST_TEST(chosen({claim(1, "e1"), claim(1, "e1")}) == "InvalidPartOrder");
    BOOST_TEST(chosen({claim(1, "e1"), claim(2, "e2")}) == "InvalidPart");
    BOOST_TEST(chosen({claim(1, "e3")}) == "InvalidPart");
    BOOST_TEST(chosen({claim(1, "e1"), claim(3, "e3")}, 6) == "EntityTooSmall");
    auto with_sum = claim(1, "e1");
    const auto crc = sluice::crc64nvme(sluice::as_bytes("12345"));
    with_sum.sums = {{checksum_kind::crc64nvme, sluice::crc64_base64(crc)}};
    BOOST_TEST(chosen({with_sum}) == "e1");
    with_sum.sums.front().second = sluice::crc64_base64(1);
    BOOST_TEST(chosen({with_sum}) == "InvalidPart");
}

BOOST_AUTO_TEST_CASE(the_document_is_read_whole_or_refused) {
    const auto good = read_complete_document(
        "<?xml version=\"1.0\"?><CompleteMultipartUpload "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Part><ETag>&quot;a&amp;b&quot;</ETag><PartNumber>2</PartNumber></Part>\n"
        "<Part><PartNumber>10000</PartNumber><ETag>c</ETag><ChecksumCRC32C>x</ChecksumCRC32C></"
        "Part>"
        "</CompleteMultipartUpload>"
    );
    BOOST_REQUIRE(good);
    BOOST_REQUIRE(good->size() == 2u);
    BOOST_TEST(good->at(0).etag == "\"a&b\"");
    BOOST_TEST(good->at(1).number == 10'000u);
    BOOST_REQUIRE(good->at(1).sums.size() == 1u);
    BOOST_TEST((good->at(1).sums.front().first == checksum_kind::crc32c));
    BOOST_TEST(good->at(1).sums.front().second == "x");
    for (const std::string body :
         {"",
          "<CompleteMultipartUpload/>",
          "<Other><Part/></Other>",
          "<CompleteMultipartUpload><Part>",
          "<CompleteMultipartUpload><Part><PartNumber>0</PartNumber><ETag>a</ETag></Part></"
          "CompleteMultipartUpload>",
          "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></"
          "CompleteMultipartUpload>",
          "<CompleteMultipartUpload><Part><PartNumber>10001</PartNumber><ETag>a</ETag></Part></"
          "CompleteMultipartUpload>"}) {
        const auto bad = read_complete_document(body);
        BOOST_TEST((!bad && bad.error().code == "MalformedXML"), body);
    }
}

BOOST_AUTO_TEST_CASE(the_whole_checksum_is_combined_and_verified) {
    for (const auto kind : {checksum_kind::crc64nvme, checksum_kind::crc32c}) {
        const auto good =
            join_checksums(three_parts(), all_parts(), claim_of("123456789", kind), false);
        BOOST_REQUIRE(good);
        BOOST_TEST(
            (value_of(*good) == (kind == checksum_kind::crc64nvme ? "rosUhgp5mIg=" : "4waSgw=="))
        );
        BOOST_TEST(type_of(*good) == "FULL_OBJECT");
        const auto bad =
            join_checksums(three_parts(), all_parts(), claim_of("123456798", kind), false);
        BOOST_TEST((!bad && bad.error().code == "BadDigest"));
    }
}

BOOST_AUTO_TEST_CASE(an_announced_algorithm_gives_a_checksum_without_a_claim) {
    auto from = three_parts();
    BOOST_TEST(value_of(*join_checksums(from, all_parts(), {}, false)) == "");
    from.algorithm = checksum_kind::crc64nvme;
    BOOST_TEST(value_of(*join_checksums(from, all_parts(), {}, false)) == "rosUhgp5mIg=");
}

BOOST_AUTO_TEST_CASE(a_composite_checksum_is_one_of_checksums) {
    auto from = three_parts();
    from.algorithm = checksum_kind::crc32c;
    std::string raw;
    for (const std::string text : {"12345", "67", "89"}) {
        const auto crc = sluice::crc32c(sluice::as_bytes(text));
        for (const int shift : {24, 16, 8, 0})
            raw += static_cast<char>(crc >> shift & 0xff);
    }
    const auto sums = join_checksums(from, all_parts(), {}, true);
    BOOST_REQUIRE(sums);
    BOOST_TEST(
        value_of(*sums) == sluice::crc32_base64(sluice::crc32c(sluice::as_bytes(raw))) + "-3"
    );
    BOOST_TEST(type_of(*sums) == "COMPOSITE");
}

BOOST_AUTO_TEST_CASE(checksum_headers_are_one_and_well_formed) {
    const auto read = [](std::vector<header> headers) {
        request_head head;
        head.headers = std::move(headers);
        const auto claim = read_checksums(head);
        return claim ? std::string(name_of(claim->kind)) : claim.error().code;
    };
    BOOST_TEST(read({{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}}) == "CRC64NVME");
    BOOST_TEST(read({{"x-amz-checksum-crc32c", "4waSgw=="}}) == "CRC32C");
    BOOST_TEST(read({{"x-amz-checksum-mode", "ENABLED"}}) == "");
    BOOST_TEST(read({{"x-amz-checksum-crc32c", "rosUhgp5mIg="}}) == "InvalidRequest");
    BOOST_TEST(read({{"x-amz-checksum-crc32c", "4waSgw"}}) == "InvalidRequest");
    BOOST_TEST(read({{"x-amz-checksum-sha1", "x"}}) == "NotImplemented");
    BOOST_TEST(read({{"content-md5", "rosUhgp5mIg="}}) == "InvalidDigest");
    BOOST_TEST(
        read({{"x-amz-checksum-crc32c", "4waSgw=="}, {"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}}
        ) == "InvalidRequest"
    );
}

BOOST_AUTO_TEST_SUITE_END()
