// Tests of stream/src/core/json_text.cpp, json_event.cpp, json_reader.cpp and json_record.cpp.
#include "core/json_text.hpp"
#include "sample_events.hpp"
#include "sample_records.hpp"

#include <sluice/base/text.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace sluice;

namespace {

std::string line_of(const record& each) {
    std::string line;
    append_json_event(line, each);
    return line;
}

std::string value_as_json(std::string_view value) {
    record each;
    each.value = as_bytes(value);
    const std::string line = line_of(each);
    const std::string_view before =
        R"({"sequence":0,"timestamp":null,"key":null,"headers":[],"value":)";
    const std::string_view behind = ",\"fragment\":null}\n";
    BOOST_REQUIRE(line.starts_with(before) && line.ends_with(behind));
    return line.substr(before.size(), line.size() - before.size() - behind.size());
}

bool refused(std::string_view line, std::string_view why) {
    json_record parsed;
    const auto read = parsed.parse(line);
    if (read) return false;
    BOOST_TEST((read.error().code == stream_errc::malformed));
    BOOST_TEST_MESSAGE(line << ": " << read.error().where);
    return read.error().where.find(why) != std::string::npos;
}

record parsed(json_record& memory, std::string_view line) {
    const auto read = memory.parse(line);
    BOOST_REQUIRE_MESSAGE(read.has_value(), line << (read ? "" : ": " + read.error().where));
    return memory.get();
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_events)

BOOST_AUTO_TEST_CASE(escapes_are_minimal_wherever_they_stand) {
    for (std::size_t before = 0; before < 20; ++before) {
        const std::string text(before, 'a');
        for (const auto& [raw, escaped] :
             std::vector<std::pair<std::string_view, std::string_view>>{
                 {"\"", R"(\")"},
                 {"\\", R"(\\)"},
                 {"\n", R"(\n)"},
                 {"\0"sv, R"(\u0000)"},
                 {"\x1f", R"(\u001f)"},
                 {" ", " "},
                 {"\x7f", "\x7f"},
                 {"/", "/"},
                 {"é", "é"},
                 {"\u2028", "\u2028"}}) {
            const std::string expected = '"' + text + std::string(escaped) + text + '"';
            BOOST_TEST(value_as_json(text + std::string(raw) + text) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(strings_are_written_as_base_writes_them) {
    record_maker make(3);
    for (int i = 0; i < 3000; ++i) {
        const std::string text = make.any_bytes(60);
        if (!is_utf8(text)) continue;
        std::string expected;
        append_json_string(expected, text);
        BOOST_REQUIRE(value_as_json(text) == expected);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_text_become_base64) {
    for (const std::string_view bytes :
         {"\xff"sv, "a\x80"sv, "\xc0\x80"sv, "\xed\xa0\x80"sv, "\xf4\x90\x80\x80"sv, "\xe2\x82"sv})
        BOOST_TEST(value_as_json(bytes) == "{\"base64\":\"" + base64(as_bytes(bytes)) + "\"}");
}

BOOST_AUTO_TEST_CASE(both_rooms_mean_the_same_by_utf8) {
    const std::uint64_t seed = std::random_device()();
    record_maker make(seed);
    for (int i = 0; i < 20000; ++i) {
        std::string bytes = make.any_bytes(6);
        if (make.below(2) > 0) bytes.insert(0, "\xe2\x82\xac");
        const bool text = value_as_json(bytes).front() == '"';
        BOOST_REQUIRE_MESSAGE(
            text == is_utf8(bytes), "seed " << seed << ": " << hex(as_bytes(bytes))
        );
    }
}

BOOST_AUTO_TEST_CASE(timestamps_of_one_second_and_of_others_are_right) {
    const std::vector<std::int64_t> times{
        0,
        1,
        999'999,
        1'000'000,
        1'000'001,
        0,
        -1,
        -1'000'000,
        -1'000'001,
        253402300799999999,
        253402300800000000,
        253402300799000000,
        -62167219200000000,
        -62167219200000001,
        -62167219199999999};
    json_text text{buffer()};
    std::string expected;
    for (const std::int64_t each : times) {
        text.put_timestamp(each);
        const auto formatted = format_timestamp(each);
        expected += formatted ? '"' + *formatted + '"' : std::to_string(each);
    }
    BOOST_TEST(text.view() == expected);
}

BOOST_AUTO_TEST_CASE(random_records_survive_being_json) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    json_record memory;
    for (const record& each : make.run_of_records(3000)) {
        const std::string line = line_of(each);
        BOOST_REQUIRE_MESSAGE(is_utf8(line), "seed " << seed);
        BOOST_REQUIRE(line.find('\n') == line.size() - 1);
        BOOST_REQUIRE_MESSAGE(
            same_record(parsed(memory, line), each), "seed " << seed << ": " << line
        );
        BOOST_REQUIRE(memory.has_sequence());
    }
}

BOOST_AUTO_TEST_CASE(every_value_of_two_bytes_survives) {
    json_record memory;
    for (unsigned value = 0; value < 65536; ++value) {
        const char bytes[2] = {static_cast<char>(value >> 8), static_cast<char>(value & 255)};
        record each;
        each.value = as_bytes(std::string_view(bytes, 2));
        const std::string line = line_of(each);
        BOOST_REQUIRE(memory.parse(line).has_value());
        BOOST_REQUIRE(same_record(memory.get(), each));
    }
}

BOOST_AUTO_TEST_CASE(missing_members_are_null) {
    json_record memory;
    const record empty = parsed(memory, "{}");
    BOOST_TEST(same_record(empty, record()));
    BOOST_TEST(!memory.has_sequence());
    const record nulls = parsed(
        memory,
        R"( { "fragment" : null , "value" : null, "headers":null, "key":null, "timestamp":null, "sequence":null } )"
    );
    BOOST_TEST(same_record(nulls, record()));
    BOOST_TEST(!memory.has_sequence());
    BOOST_TEST(parsed(memory, "{\"value\":\"\"}\r\n").value.has_value());
}

BOOST_AUTO_TEST_CASE(people_may_write_what_we_would_not) {
    json_record memory;
    BOOST_TEST(
        *parsed(memory, R"({"timestamp":"2026-11-23T12:00:00+02:00"})").timestamp ==
        1'795'428'000'000'000
    );
    BOOST_TEST(*parsed(memory, R"({"timestamp":17})").timestamp == 17);
    BOOST_TEST(as_text(*parsed(memory, R"({"value":{"base64":"QQ=="}})").value) == "A");
    BOOST_TEST(as_text(*parsed(memory, R"({"value":"\u00e9\ud83d\ude00\/"})").value) == "é😀/");
    BOOST_TEST(
        parsed(memory, R"({"headers":[{"value":"v","name":"n"},{"name":"m"}]})").headers.size() ==
        2u
    );
}

BOOST_AUTO_TEST_CASE(what_is_no_event_is_refused_with_the_member_named) {
    BOOST_TEST(refused("", "JSON"));
    BOOST_TEST(refused("text", "JSON"));
    BOOST_TEST(refused("[]", "object in braces"));
    BOOST_TEST(refused("{} {}", "JSON"));
    BOOST_TEST(refused("{\"value\":\"x\"", "JSON"));
    BOOST_TEST(refused("{\"value\":\"\xff\"}", "JSON"));
    BOOST_TEST(refused(R"({"value":"\ud800"})", "JSON"));
    BOOST_TEST(refused("{\"value\":\"a\nb\"}", "JSON"));
    BOOST_TEST(refused(R"({"valeu":"x"})", "\"valeu\""));
    BOOST_TEST(refused(R"({"value":"x","value":"y"})", "twice"));
    BOOST_TEST(refused(R"({"value":7})", "\"value\": expected a string"));
    BOOST_TEST(refused(R"({"value":true})", "\"value\""));
    BOOST_TEST(refused(R"({"key":[]})", "\"key\""));
    BOOST_TEST(refused(R"({"value":{"base64":"QQ"}})", "padded"));
    BOOST_TEST(refused(R"({"value":{"base64":"QQ==","x":1}})", "base64"));
    BOOST_TEST(refused(R"({"value":{}})", "base64"));
    BOOST_TEST(refused(R"({"value":{"base64":"QQ==","base64":"QQ=="}})", "base64"));
    BOOST_TEST(refused(R"({"sequence":-1})", "\"sequence\""));
    BOOST_TEST(refused(R"({"sequence":1.5})", "\"sequence\""));
    BOOST_TEST(refused(R"({"sequence":9223372036854775808})", "\"sequence\""));
    BOOST_TEST(refused(R"({"sequence":"1"})", "\"sequence\""));
    BOOST_TEST(refused(R"({"timestamp":"yesterday"})", "RFC 3339"));
    BOOST_TEST(refused(R"({"timestamp":1.5})", "\"timestamp\""));
    BOOST_TEST(refused(R"({"headers":{}})", "array"));
    BOOST_TEST(refused(R"({"headers":[7]})", "array"));
    BOOST_TEST(refused(R"({"headers":[{"value":"x"}]})", "no name"));
    BOOST_TEST(refused(R"({"headers":[{"name":null}]})", "must be a string"));
    BOOST_TEST(refused(R"({"headers":[{"name":"n","other":1}]})", "nothing else"));
    BOOST_TEST(refused(R"({"headers":[{"name":"n","name":"m"}]})", "once"));
    BOOST_TEST(refused(R"({"fragment":{}})", "offset"));
    BOOST_TEST(refused(R"({"fragment":{"offset":-1}})", "offset"));
    BOOST_TEST(refused(R"({"fragment":{"offset":0,"last":{}}})", "length"));
    BOOST_TEST(
        refused(R"({"fragment":{"offset":0,"last":{"length":1,"crc64nvme":"AA=="}}})", "8 bytes")
    );
    BOOST_TEST(refused(
        R"({"fragment":{"offset":0,"last":{"length":1,"crc64nvme":"rosUhgp5mIg="},"x":1}})",
        "\"fragment\""
    ));
    BOOST_TEST(refused("{\"headers\":" + std::string(5000, '['), "JSON"));
}

BOOST_AUTO_TEST_CASE(damaged_lines_are_refused_or_read_and_nothing_else) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    json_record memory;
    for (const record& each : make.run_of_records(200)) {
        const std::string line = line_of(each);
        for (int round = 0; round < 20; ++round) {
            std::string damaged = line;
            damaged[make.below(damaged.size())] ^= static_cast<char>(1u << make.below(8));
            if (make.below(3) == 0) damaged.resize(make.below(damaged.size()));
            if (memory.parse(damaged)) line_of(memory.get());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
