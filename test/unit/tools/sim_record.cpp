// test: records of the data directory.
#include "core/record.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace sluice::sim;

namespace sim_record_test {

class named_blob final : public blob {
  public:
    named_blob(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}
    std::uint64_t size() const override { return size_; }
    bool read(std::uint64_t, sluice::bytes_span) const override { return false; }
    void flip_bit(std::uint64_t) override {}
    const std::string& name() const override { return name_; }
    void discard() override {}

  private:
    std::string name_;
    std::uint64_t size_;
};

blob_ptr find_any(const std::string& name, std::uint64_t size) {
    return std::make_shared<named_blob>(name, size);
}

object sample() {
    object one;
    one.size = 7;
    one.etag = "e-2";
    one.modified = sys_seconds(std::chrono::seconds(1'700'000'000));
    one.headers = {{"x-amz-meta-a", "b c\n%"}, {"content-type", ""}};
    one.sums.told = checksum_kind::crc64nvme;
    one.sums.crc64nvme = 0xffffffffffffffff;
    one.pieces = {find_any("x-1", 3), find_any("x-2", 4)};
    return one;
}

const std::string odd_key("a\n\xff \0/%41", 9);

} // namespace sim_record_test

using namespace sim_record_test;

BOOST_AUTO_TEST_SUITE(sim_record)

BOOST_AUTO_TEST_CASE(an_object_comes_back_as_it_was) {
    const auto back = read_object_record(write_object_record(odd_key, sample()), find_any);
    BOOST_REQUIRE(back);
    BOOST_TEST(back->key == odd_key);
    BOOST_TEST(back->one.size == 7u);
    BOOST_TEST(back->one.etag == "e-2");
    BOOST_TEST((back->one.modified == sample().modified));
    BOOST_REQUIRE(back->one.headers.size() == 2u);
    BOOST_TEST(back->one.headers[0].value == "b c\n%");
    BOOST_TEST(back->one.headers[1].value == "");
    BOOST_TEST(*back->one.sums.crc64nvme == 0xffffffffffffffffu);
    BOOST_REQUIRE(back->one.pieces.size() == 2u);
    BOOST_TEST(back->one.pieces[1]->name() == "x-2");
    BOOST_TEST(back->one.pieces[1]->size() == 4u);
}

BOOST_AUTO_TEST_CASE(an_upload_and_its_parts_come_back) {
    upload one;
    one.key = odd_key;
    one.id = "00.1_a";
    one.algorithm = checksum_kind::crc32c;
    one.composite = true;
    one.headers = {{"x-amz-meta-t", "v"}};
    const auto back = read_upload_record(write_upload_record(one));
    BOOST_REQUIRE(back);
    BOOST_TEST((back->key == odd_key && back->id == "00.1_a" && back->composite));
    BOOST_TEST((back->algorithm == checksum_kind::crc32c));
    part stored;
    stored.size = 9;
    stored.etag = "p";
    stored.sums.told = checksum_kind::crc32c;
    stored.sums.crc32c = 0xe3069283;
    stored.data = find_any("x-9", 9);
    const auto part_back = read_part_record(write_part_record(10'000, stored), find_any);
    BOOST_REQUIRE(part_back);
    BOOST_TEST(part_back->number == 10'000u);
    BOOST_TEST(value_of(part_back->one.sums) == "4waSgw==");
}

BOOST_AUTO_TEST_CASE(a_record_cut_anywhere_is_no_record) {
    const auto whole = write_object_record("k", sample());
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_TEST(!read_object_record(whole.substr(0, size), find_any), size);
}

BOOST_AUTO_TEST_CASE(a_record_whose_body_is_gone_is_no_record) {
    const auto gone = [](const std::string& name, std::uint64_t size) {
        return name == "x-2" ? nullptr : find_any(name, size);
    };
    BOOST_TEST(!read_object_record(write_object_record("k", sample()), gone));
}

BOOST_AUTO_TEST_SUITE_END()
