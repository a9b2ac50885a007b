// Tests of stream/src/core/avro_object.cpp, avro_header.cpp and block_encode.cpp.
#include "sample_events.hpp"
#include "sample_records.hpp"
#include "vectors.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;

namespace {

block_outline outline_of(const record_batch& batch) {
    block_outline outline;
    outline.first = batch.first;
    outline.next = batch.next;
    outline.records = batch.records;
    outline.events = batch.events;
    outline.times = batch.times;
    outline.body_bytes = batch.body.size();
    outline.body_crc64 = batch.body_crc64.value();
    return outline;
}

std::string
block_of(object_format format, const format_context& context, bytes_view body, position first) {
    const block_outline outline = outline_of(describe_body(body, first).value());
    open_block block = begin_block(format, context, outline, buffer());
    BOOST_REQUIRE(block.records.size() == body.size());
    std::copy(body.begin(), body.end(), block.records.begin());
    auto made = end_block(format, context, outline, std::move(block));
    BOOST_REQUIRE(made.has_value());
    return std::string(as_text(made->view()));
}

std::string sample_object(object_format format) {
    const format_context context = sample_context();
    std::string object(as_text(object_header(format, context)));
    object += block_of(format, context, body_of(sample_whole_events()), position{3, 7, 0});
    object +=
        block_of(format, context, body_of(sample_fragments()), position{3, 1'000'000'000'001, 0});
    return object;
}

std::string with(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    BOOST_REQUIRE(at != text.npos && from.size() == to.size());
    return text.replace(at, from.size(), to);
}

failure refusal_of_object(const std::string& object) {
    const auto decoder =
        make_decoder(object_format::avro, sample_context(), position{3, 0, 0}, false);
    auto fed = decoder->feed(as_bytes(object), [](const record_batch&) { return result<void>(); });
    BOOST_REQUIRE(fed.has_error());
    return fed.error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(avro_objects)

BOOST_AUTO_TEST_CASE(an_avro_object_is_the_golden_one) {
    check_golden("formats/sample.avro", sample_object(object_format::avro));
}

BOOST_AUTO_TEST_CASE(an_ndjson_object_is_the_golden_one) {
    check_golden("formats/sample.ndjson", sample_object(object_format::ndjson));
}

BOOST_AUTO_TEST_CASE(the_sync_marker_depends_on_incarnation_and_partition_alone) {
    const auto marker = hex(avro_sync_marker(sample_context()));
    // { printf 'sluice/sync/1\0'; printf '0123456789abcdef0123456789abcdef\0'; printf 3; } |
    // sha256sum
    BOOST_TEST(marker == "803a1be05bf2b2c6e42be26f4138cdd7");
    format_context other = sample_context();
    other.stream = "renamed";
    BOOST_TEST(hex(avro_sync_marker(other)) == marker);
    other.partition = 4;
    BOOST_TEST(hex(avro_sync_marker(other)) != marker);
    other = sample_context();
    other.incarnation = "1";
    BOOST_TEST(hex(avro_sync_marker(other)) != marker);
}

BOOST_AUTO_TEST_CASE(the_header_read_back_says_what_was_written) {
    const byte_vector header = object_header(object_format::avro, sample_context());
    const auto read = read_avro_header(header);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->size == header.size());
    BOOST_TEST(read->codec == "null");
    BOOST_TEST(read->schema.starts_with("{\"type\":\"record\",\"name\":\"event\""));
    BOOST_TEST((read->sync == avro_sync_marker(sample_context())));
    std::vector<std::string> names;
    for (const auto& [name, value] : read->metadata)
        names.push_back(name);
    BOOST_TEST(std::is_sorted(names.begin(), names.end()));
    BOOST_TEST(names.size() == 6u);
}

BOOST_AUTO_TEST_CASE(ndjson_has_no_header) {
    BOOST_TEST(object_header(object_format::ndjson, sample_context()).empty());
}

BOOST_AUTO_TEST_CASE(the_shape_is_known_without_the_bytes) {
    record_maker make(11);
    const auto body = body_of(make.run_of_records(300));
    const auto outline = outline_of(describe_body(body, position{3, 0, 0}).value());
    const std::string block =
        block_of(object_format::avro, sample_context(), body, position{3, 0, 0});
    const auto shape = computable_shape(object_format::avro, sample_context(), outline);
    BOOST_REQUIRE(shape.has_value());
    BOOST_TEST(shape->bytes == block.size());
    BOOST_TEST(shape->crc64nvme == crc64nvme(as_bytes(block)));
    BOOST_TEST(!computable_shape(object_format::ndjson, sample_context(), outline).has_value());
}

BOOST_AUTO_TEST_CASE(recycled_memory_changes_nothing) {
    const auto body = body_of(sample_whole_events());
    for (const auto format : {object_format::avro, object_format::ndjson}) {
        const auto outline = outline_of(describe_body(body, position{3, 7, 0}).value());
        const std::string fresh = block_of(format, sample_context(), body, position{3, 7, 0});
        buffer used(10'000);
        std::fill(used.span().begin(), used.span().end(), std::byte{0x5a});
        used.shrink(1);
        const std::byte* memory = used.view().data();
        open_block block = begin_block(format, sample_context(), outline, std::move(used));
        std::copy(body.begin(), body.end(), block.records.begin());
        const auto made = end_block(format, sample_context(), outline, std::move(block));
        BOOST_REQUIRE(made.has_value());
        BOOST_TEST(as_text(made->view()) == fresh);
        BOOST_TEST(made->view().data() == memory);
    }
}

BOOST_AUTO_TEST_CASE(a_block_of_what_are_no_records_cannot_become_lines) {
    block_outline outline;
    outline.body_bytes = 3;
    open_block block = begin_block(object_format::ndjson, sample_context(), outline, buffer());
    std::fill(block.records.begin(), block.records.end(), std::byte{0xff});
    const auto made = end_block(object_format::ndjson, sample_context(), outline, std::move(block));
    BOOST_REQUIRE(made.has_error());
    BOOST_TEST((made.error().code == stream_errc::malformed));
}

BOOST_AUTO_TEST_CASE(what_this_program_cannot_read_is_refused_by_name) {
    const std::string object = sample_object(object_format::avro);
    const failure version = refusal_of_object(with(
        object,
        "sluice.version\x02"
        "1",
        "sluice.version\x02"
        "2"
    ));
    BOOST_TEST((version.code == errc::unsupported_version));
    BOOST_TEST(version.where.find("'2'") != std::string::npos);
    const failure codec = refusal_of_object(with(object, "\x08null", "\x08zstd"));
    BOOST_TEST((codec.code == errc::unsupported_version));
    BOOST_TEST(codec.where.find("'zstd'") != std::string::npos);
    const failure schema = refusal_of_object(with(object, "\"bytes\"", "\"bytez\""));
    BOOST_TEST((schema.code == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(an_object_of_another_stream_or_partition_is_refused) {
    const std::string object = sample_object(object_format::avro);
    const failure partition = refusal_of_object(with(
        object,
        "sluice.partition\x02"
        "3",
        "sluice.partition\x02"
        "4"
    ));
    BOOST_TEST((partition.code == stream_errc::diverged));
    const failure incarnation = refusal_of_object(with(object, "0123456789", "1123456789"));
    BOOST_TEST((incarnation.code == stream_errc::diverged));
}

BOOST_AUTO_TEST_CASE(a_header_that_is_cut_off_or_none_is_refused) {
    const byte_vector header = object_header(object_format::avro, sample_context());
    for (std::size_t size = 0; size < header.size(); ++size)
        BOOST_TEST(read_avro_header(bytes_view(header).first(size)).has_error());
    BOOST_TEST(read_avro_header(as_bytes("PAR1 and more")).has_error());
    // A billion entries, or one of a gigabyte, are not believed.
    for (const std::string_view hostile :
         {"4f626a0180d0dbc307", "4f626a010280a8d6b907", "4f626a01ffffffffffffffffff01"})
        BOOST_TEST(read_avro_header(*from_hex(hostile)).has_error());
}

BOOST_AUTO_TEST_SUITE_END()
