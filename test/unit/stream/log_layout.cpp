// The embedded log's files, byte for byte, and what is refused of them.
#include "core/batch_body.hpp"
#include "core/log_batch.hpp"
#include "core/log_bytes.hpp"
#include "core/log_meta.hpp"
#include "core/log_segment.hpp"
#include "core/log_slots.hpp"
#include "vectors.hpp"

#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/stream/batch_builder.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <random>

using namespace sluice;

namespace {

const std::string layout_incarnation = "0123456789abcdef0123456789abcdef";
constexpr std::uint32_t layout_partition = 3;

std::string text_of(bytes_view bytes) {
    return std::string(as_text(bytes));
}

/// Three events of which one has everything, sparse.
batch_builder::built sample_events() {
    batch_builder builder(position{layout_partition, 64, 0}, 1 << 20);
    record whole;
    whole.timestamp = -1;
    whole.key = as_bytes("k");
    whole.headers = {{"h", as_bytes("v")}, {"h", std::nullopt}};
    whole.value = as_bytes("ab");
    builder.add(whole).value();
    record bare;
    builder.add(bare).value();
    record last;
    last.timestamp = 1'700'000'000'000'000;
    last.value = as_bytes("");
    builder.add(last).value();
    return std::move(builder.take(true).front());
}

log::batch_header header_of(const record_batch& batch, std::string_view progress) {
    log::batch_header header;
    header.first = batch.first;
    header.next = batch.next;
    header.last_sequence = batch.last_sequence;
    header.records = batch.records;
    header.events = batch.events;
    header.times = batch.times;
    header.writer_epoch = 7;
    header.durable_address = 4096;
    header.body_bytes = header.record_bytes = static_cast<std::uint32_t>(batch.body.size());
    header.progress_bytes = static_cast<std::uint32_t>(progress.size());
    header.body_crc64 = header.records_crc64 = batch.body_crc64.value();
    header.progress_crc64 = crc64nvme(as_bytes(progress));
    return header;
}

void put_batch(
    byte_vector& to, const log::batch_header& header, bytes_view body, std::string_view progress
) {
    const std::size_t begins = to.size();
    append(to, log::encode(header, log::seed_of(layout_incarnation)));
    append(to, body);
    append(to, as_bytes(progress));
    to.resize(begins + header.stored_bytes());
}

/// Carries progress only, inside an open event.
log::batch_header empty_batch(std::string_view progress) {
    log::batch_header header;
    header.first = header.next = position{layout_partition, 67, 1 << 20};
    header.last_sequence = 66;
    header.writer_epoch = 8;
    header.durable_address = 5000;
    header.progress_bytes = static_cast<std::uint32_t>(progress.size());
    header.progress_crc64 = crc64nvme(as_bytes(progress));
    return header;
}

log::batch_header abandoning_batch() {
    log::batch_header header;
    header.first = position{layout_partition, 67, 1 << 20};
    header.next = position{layout_partition, 68, 0};
    header.last_sequence = 67;
    header.abandons = true;
    header.writer_epoch = 9;
    header.durable_address = 6000;
    return header;
}

log::segment_header sample_segment_header() {
    log::segment_header header;
    header.incarnation = layout_incarnation;
    header.ordinal = 12;
    header.base = position{layout_partition, 64, 0};
    header.address = 1 << 20;
    header.fingerprint = 0xae8b14860a799888;
    header.progress = "before";
    return header;
}

byte_vector sample_header_bytes() {
    const auto bytes =
        log::encode(header_of(sample_events().batch, "{}"), log::seed_of(layout_incarnation));
    return byte_vector(bytes.begin(), bytes.end());
}

void sign_again(byte_vector& header) {
    byte_vector place(36);
    const log::seed with = log::seed_of(layout_incarnation);
    std::copy(with.begin(), with.end(), place.begin());
    log::put(place, 16, layout_partition);
    std::copy_n(header.begin() + 8, 8, place.begin() + 20);
    std::copy_n(header.begin() + 24, 8, place.begin() + 28);
    log::put(header, 116, crc32c(bytes_view(header).first(116), crc32c(place)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_layout)

BOOST_AUTO_TEST_CASE(what_a_stream_is_is_the_golden_file) {
    log::meta about;
    about.name = "orders";
    about.incarnation = layout_incarnation;
    about.partitions = 4;
    about.codec = "zstd";
    about.retention.bytes = std::uint64_t{1} << 30;
    about.retention.age = std::chrono::hours(24 * 7);
    about.reserved_by = "import \"one\"";
    about.created = "2026-11-23T10:00:00.123456Z";
    const std::string text = log::encode(about);
    check_golden("log/meta.json", text);
    const auto read = log::decode_meta(text, "meta.json").value();
    BOOST_TEST(log::encode(read) == text);
    BOOST_TEST(read.reserved_by == about.reserved_by);
    BOOST_TEST(read.codec == "zstd");
    BOOST_TEST((read.retention.bytes == about.retention.bytes));
    BOOST_TEST((read.retention.age == about.retention.age));
    BOOST_TEST(!read.retention.max_lag);
}

BOOST_AUTO_TEST_CASE(a_meta_file_of_another_kind_is_refused_by_name) {
    log::meta about;
    about.name = "orders";
    about.incarnation = layout_incarnation;
    const std::string good = log::encode(about);
    const auto with = [&good](const std::string& old, const std::string& fresh) {
        std::string text = good;
        text.replace(text.find(old), old.size(), fresh);
        return log::decode_meta(text, "meta.json").error();
    };
    BOOST_TEST((with("\"version\":1", "\"version\":2").code == errc::unsupported_version));
    BOOST_TEST((with("\"none\"", "\"lzma\"").code == errc::unsupported_version));
    BOOST_TEST(with("\"none\"", "\"lzma\"").where.find("lzma") != std::string::npos);
    for (const char* bad : {"7", "{}", "{\"bytes\":-1,\"age\":null,\"max_lag\":null}"})
        BOOST_TEST(
            (with("\"retention\":null", std::string("\"retention\":") + bad).code ==
             stream_errc::damaged)
        );
    const auto window = [&good](const std::string& micros) {
        const std::string cut = good.substr(0, good.size() - 2);
        return log::decode_meta(cut + ",\"group_window\":" + micros + "}\n", "meta.json");
    };
    BOOST_TEST((window("10000").value().group_window == longest_group_window));
    BOOST_TEST(
        log::encode(window("2500").value()).find(",\"group_window\":2500}\n") != std::string::npos
    );
    for (const char* bad : {"10001", "-1", "\"2ms\"", "null", "1.5"})
        BOOST_TEST((window(bad).error().code == stream_errc::damaged));
    BOOST_TEST((with("\"fdatasync\"", "\"perhaps\"").code == errc::unsupported_version));
    BOOST_TEST((with("\"partitions\":1", "\"partitions\":0").code == stream_errc::damaged));
    BOOST_TEST((with("\"name\"", "\"nome\"").code == stream_errc::damaged));
    for (std::size_t size = 0; size + 2 < good.size(); ++size)
        BOOST_TEST_REQUIRE(!log::decode_meta(good.substr(0, size), "meta.json").has_value());
}

BOOST_AUTO_TEST_CASE(a_segment_is_the_golden_file) {
    const auto events = sample_events();
    const log::seed with = log::seed_of(layout_incarnation);
    byte_vector bytes = log::encode(sample_segment_header());
    put_batch(bytes, header_of(events.batch, "{\"n\":1}"), events.batch.body, "{\"n\":1}");
    log::segment_footer footer;
    footer.batches = 1;
    footer.last_sequence = events.batch.last_sequence;
    footer.next = events.batch.next;
    footer.bytes = bytes.size();
    append(bytes, log::encode(footer, with, 12));
    check_golden("log/" + log::segment_name(12, 64), text_of(bytes));

    log::refusal because;
    const std::size_t begins = log::segment_header_size(bytes, because).value();
    const auto header =
        log::decode_segment_header(bytes, layout_incarnation, layout_partition, because).value();
    BOOST_TEST((header.base == position{layout_partition, 64, 0}));
    BOOST_TEST(header.ordinal == 12u);
    BOOST_TEST(header.address == 1u << 20);
    BOOST_TEST(header.fingerprint == 0xae8b14860a799888u);
    BOOST_TEST(header.progress == "before");
    const auto batch =
        log::decode_batch_header(bytes_view(bytes).subspan(begins), with, layout_partition, because)
            .value();
    BOOST_TEST((batch.next == position{layout_partition, 67, 0}));
    BOOST_TEST(batch.records == 3u);
    BOOST_TEST(batch.events == 3u);
    BOOST_TEST(batch.times->min == -1);
    BOOST_TEST(batch.writer_epoch == 7u);
    BOOST_TEST(batch.durable_address == 4096u);
    const std::size_t behind = begins + batch.stored_bytes();
    const auto read =
        log::decode_footer(bytes_view(bytes).subspan(behind), with, 12, layout_partition, because)
            .value();
    BOOST_TEST(read.bytes == behind);
    BOOST_TEST(read.batches == 1u);
    BOOST_TEST((read.next == batch.next));
}

BOOST_AUTO_TEST_CASE(batches_without_events_are_the_golden_files) {
    byte_vector progress, abandoned;
    put_batch(progress, empty_batch("{\"n\":2}"), bytes_view(), "{\"n\":2}");
    put_batch(abandoned, abandoning_batch(), bytes_view(), std::string_view());
    check_golden("log/progress.batch", text_of(progress));
    check_golden("log/abandon.batch", text_of(abandoned));
    log::refusal because;
    const log::seed with = log::seed_of(layout_incarnation);
    const auto still = log::decode_batch_header(progress, with, layout_partition, because).value();
    BOOST_TEST((still.next == still.first));
    BOOST_TEST(still.progress_bytes == 7u);
    const auto given_up =
        log::decode_batch_header(abandoned, with, layout_partition, because).value();
    BOOST_TEST(given_up.abandons);
    BOOST_TEST((given_up.next == position{layout_partition, 68, 0}));
}

BOOST_AUTO_TEST_CASE(a_compressed_batch_is_the_golden_file) {
    // A frame that keeps its bytes as they are: no version of zstd writes it differently.
    const auto events = sample_events();
    const bytes_view body = events.batch.body;
    byte_vector frame(9);
    log::put(frame, 0, 0xfd2fb528u);        // magic
    log::put(frame, 4, std::uint8_t{0x20}); // the size in one byte, no window
    log::put(frame, 5, static_cast<std::uint8_t>(body.size()));
    log::put(frame, 6, static_cast<std::uint8_t>(1 | body.size() << 3)); // last block, raw
    log::put(frame, 7, static_cast<std::uint8_t>(body.size() >> 5));
    append(frame, body);
    log::batch_header header = header_of(events.batch, "");
    header.codec = log::batch_codec::zstd;
    header.body_bytes = static_cast<std::uint32_t>(frame.size());
    header.body_crc64 = crc64nvme(frame);
    byte_vector bytes;
    put_batch(bytes, header, frame, "");
    check_golden("log/zstd.batch", text_of(bytes));

    log::refusal because;
    const auto read = log::decode_batch_header(
        bytes, log::seed_of(layout_incarnation), layout_partition, because
    );
    BOOST_TEST_REQUIRE(read.has_value(), because.why);
    log::body_codec codec;
    buffer room;
    const auto records =
        codec.records_of(*read, bytes_view(bytes).subspan(120, read->body_bytes), room);
    BOOST_TEST_REQUIRE(records.has_value());
    BOOST_TEST((std::ranges::equal(*records, body)));
}

BOOST_AUTO_TEST_CASE(a_slot_that_was_written_and_does_not_check_is_noticed_beside_the_other) {
    constexpr std::size_t payload = 8;
    byte_vector file;
    const auto write = [&file](std::uint64_t counter) {
        log::slot_value value;
        value.counter = counter;
        value.payload.resize(payload);
        const byte_vector slot = log::encode_slot(value);
        const std::size_t at = counter % 2 * log::slot_distance(payload);
        file.resize(std::max(file.size(), at + slot.size()));
        std::copy(slot.begin(), slot.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
    };
    const auto broken = [](bytes_view of) {
        const auto newest = log::newest_slot(of, payload);
        return newest && log::is_other_slot_broken(of, payload, *newest);
    };
    write(1);
    BOOST_TEST(!broken(file)); // there has been no other one
    byte_vector torn = file;
    torn[5] = std::byte{1}; // the second value, cut off by a power failure
    BOOST_TEST(broken(torn));
    write(2);
    BOOST_TEST(!broken(file));
    for (std::size_t n = 0; n < log::slot_size(payload); ++n) {
        for (const std::size_t at : {n, log::slot_distance(payload) + n}) {
            byte_vector damaged = file;
            damaged[at] ^= std::byte{4};
            BOOST_TEST_REQUIRE(broken(damaged), "byte " << at);
        }
    }
    BOOST_TEST(broken(bytes_view(file).first(log::slot_size(payload))));
}

BOOST_AUTO_TEST_CASE(a_file_of_two_slots_is_the_golden_file) {
    log::watermark mark;
    mark.durable_address = 1'050'000;
    mark.next_sequence = 67;
    byte_vector file(log::slot_file_size(log::watermark_payload));
    for (const std::uint64_t counter : {41, 42}) {
        log::slot_value value;
        value.counter = counter;
        value.payload = log::encode(mark);
        const byte_vector slot = log::encode_slot(value);
        const std::size_t at = counter % 2 * log::slot_distance(log::watermark_payload);
        std::copy(slot.begin(), slot.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
        mark.durable_address += 1000;
        mark.next_sequence = 70;
    }
    check_golden("log/watermark", text_of(file));
    const auto newest = log::newest_slot(file, log::watermark_payload).value();
    BOOST_TEST(newest.counter == 42u);
    BOOST_TEST(log::decode_watermark(newest.payload).next_sequence == 70);
    // Whichever byte of the newest is wrong: then the older one holds; without both, none does.
    for (std::size_t n = 0; n < log::slot_size(log::watermark_payload); ++n) {
        byte_vector damaged = file;
        damaged[n] ^= std::byte{1};
        const auto held = log::newest_slot(damaged, log::watermark_payload);
        BOOST_TEST_REQUIRE(held.has_value());
        BOOST_TEST_REQUIRE(held->counter == 41u, n);
    }
    BOOST_TEST(!log::newest_slot(bytes_view(file).first(30), log::watermark_payload).has_value());
    // A slot counts in its own place only.
    byte_vector swapped = file;
    const std::size_t apart = log::slot_distance(log::watermark_payload);
    std::swap_ranges(
        swapped.begin(),
        swapped.begin() + static_cast<std::ptrdiff_t>(log::slot_size(log::watermark_payload)),
        swapped.begin() + static_cast<std::ptrdiff_t>(apart)
    );
    BOOST_TEST(!log::newest_slot(swapped, log::watermark_payload).has_value());
    BOOST_TEST(!log::newest_slot(byte_vector(file.size()), log::watermark_payload).has_value());
}

BOOST_AUTO_TEST_CASE(a_header_holds_in_its_own_place_only) {
    const byte_vector good = sample_header_bytes();
    log::refusal because;
    const log::seed with = log::seed_of(layout_incarnation);
    BOOST_TEST(log::decode_batch_header(good, with, layout_partition, because).has_value());
    BOOST_TEST(!log::decode_batch_header(good, with, layout_partition + 1, because).has_value());
    const log::seed other = log::seed_of("1123456789abcdef0123456789abcdef");
    BOOST_TEST(!log::decode_batch_header(good, other, layout_partition, because).has_value());
    for (std::size_t n = 0; n < good.size() * 8; ++n) {
        byte_vector damaged = good;
        damaged[n / 8] ^= std::byte(1u << n % 8);
        BOOST_TEST_REQUIRE(!log::decode_batch_header(damaged, with, layout_partition, because), n);
    }
    for (const std::byte fill : {std::byte{0}, std::byte{0xff}})
        BOOST_TEST(
            !log::decode_batch_header(byte_vector(4096, fill), with, layout_partition, because)
        );
}

BOOST_AUTO_TEST_CASE(headers_that_check_but_say_the_impossible_are_refused) {
    struct change {
        std::size_t at;
        std::uint64_t value;
        std::size_t size;
    };
    constexpr auto highest = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    const change changes[] = {
        {8, highest, 8},                 // base sequence
        {8, ~std::uint64_t{0}, 8},       // negative
        {16, 63, 8},                     // last before base
        {16, highest, 8},                // last: nothing could follow
        {24, ~std::uint64_t{0}, 8},      // offset
        {32, ~std::uint64_t{0}, 8},      // offset behind
        {40, 0, 4},                      // no records, but bytes
        {44, 4, 4},                      // more events than records
        {64, std::uint64_t(1) << 63, 8}, // times
        {80, (4 << 20) + 1, 4},          // body
        {80, 0xffffffff, 4},             // body
        {84, 1, 4},                      // uncompressed
        {84, (4 << 20) + 1, 4},          // uncompressed
        {88, 1, 8},                      // two checksums of the same bytes
        {112, (1 << 20) + 1, 4},         // progress
        {112, 0, 4},                     // progress against its flag
        {6, 7, 2},                       // a control batch with events
        {6, 2, 2},                       // times against their flag
    };
    const log::seed with = log::seed_of(layout_incarnation);
    for (const change& each : changes) {
        byte_vector header = sample_header_bytes();
        std::memcpy(header.data() + each.at, &each.value, each.size);
        sign_again(header);
        log::refusal because;
        const auto read = log::decode_batch_header(header, with, layout_partition, because);
        BOOST_TEST_REQUIRE(!read.has_value(), "byte " << each.at << " = " << each.value);
        BOOST_TEST(!because.newer);
        BOOST_TEST(because.why.find("checksum") == std::string::npos, because.why);
    }
}

BOOST_AUTO_TEST_CASE(what_a_newer_version_wrote_is_told_apart_from_damage) {
    const log::seed with = log::seed_of(layout_incarnation);
    for (const auto& [at, value] : {std::pair{4, 2}, {5, 2}, {6, 0x13}}) {
        byte_vector header = sample_header_bytes();
        header[static_cast<std::size_t>(at)] = std::byte(value);
        sign_again(header);
        log::refusal because;
        BOOST_TEST(!log::decode_batch_header(header, with, layout_partition, because).has_value());
        BOOST_TEST(because.newer, at);
        BOOST_TEST(because.why.find("unknown") != std::string::npos);
    }
    byte_vector segment = log::encode(sample_segment_header());
    segment[4] = std::byte{2};
    log::refusal because;
    BOOST_TEST(!log::segment_header_size(segment, because).has_value());
    BOOST_TEST(because.newer);
}

BOOST_AUTO_TEST_CASE(bytes_that_no_field_takes_are_zero) {
    log::refusal because;
    const byte_vector header = log::encode(sample_segment_header());
    const std::size_t at_crc = header.size() - 4, behind_progress = 96 + 6;
    for (const std::size_t at : {std::size_t{92}, std::size_t{95}, behind_progress, at_crc - 1}) {
        byte_vector other = header;
        other[at] = std::byte{1};
        log::put(other, at_crc, crc32c(bytes_view(other).first(at_crc)));
        BOOST_TEST(!log::decode_segment_header(other, layout_incarnation, layout_partition, because)
        );
        BOOST_TEST(because.why.find("no field") != std::string::npos, because.why);
    }
    const log::seed with = log::seed_of(layout_incarnation);
    log::segment_footer footer;
    footer.next = position{layout_partition, 64, 0};
    auto bytes = log::encode(footer, with, 12);
    bytes[52] = std::byte{1};
    byte_vector signed_again(24);
    std::copy(with.begin(), with.end(), signed_again.begin());
    log::put(signed_again, 16, std::uint64_t{12});
    log::put(bytes, 60, crc32c(bytes_view(bytes).first(60), crc32c(signed_again)));
    BOOST_TEST(!log::decode_footer(bytes, with, 12, layout_partition, because));
    BOOST_TEST(because.why.find("no field") != std::string::npos, because.why);
}

BOOST_AUTO_TEST_CASE(whatever_stands_there_nothing_breaks) {
    std::mt19937 random(20261123);
    const log::seed with = log::seed_of(layout_incarnation);
    for (int round = 0; round < 20000; ++round) {
        byte_vector bytes = sample_header_bytes();
        for (int n = 0; n < 4; ++n)
            bytes[random() % bytes.size()] = std::byte(random());
        sign_again(bytes);
        log::refusal because;
        if (const auto read = log::decode_batch_header(bytes, with, layout_partition, because)) {
            BOOST_TEST_REQUIRE(!log::contradiction_in(*read).has_value());
            BOOST_TEST_REQUIRE(read->stored_bytes() < (6u << 20));
        }
        byte_vector segment = log::encode(sample_segment_header());
        segment[random() % segment.size()] ^= std::byte(1 + random() % 255);
        BOOST_TEST_REQUIRE(
            !log::decode_segment_header(segment, layout_incarnation, layout_partition, because)
        );
    }
}

BOOST_AUTO_TEST_CASE(names_of_segments_are_exact) {
    BOOST_TEST(log::segment_name(12, 64) == "000000000012-00000000000000000064.log");
    const auto place = log::parse_segment_name("000000000012-00000000000000000064.log").value();
    BOOST_TEST(place.ordinal == 12u);
    BOOST_TEST(place.base_sequence == 64);
    for (const char* other :
         {"12-64.log",
          "000000000012-00000000000000000064.idx",
          "000000000012-0000000000000000006x.log",
          "000000000012-99999999999999999999.log",
          "segment.new",
          "-00000000012-00000000000000000064.log"})
        BOOST_TEST(!log::parse_segment_name(other).has_value(), other);
}

BOOST_AUTO_TEST_SUITE_END()
