// Tests of stream/src/core/avro_object_decoder.cpp and ndjson_object_decoder.cpp.
#include "sample_events.hpp"
#include "sample_records.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/stream/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

#include <malloc.h>

using namespace sluice;

namespace {

constexpr object_format both_formats[] = {object_format::avro, object_format::ndjson};

std::string encoded(object_format format, bytes_view body, position first) {
    const record_batch batch = describe_body(body, first).value();
    block_outline outline;
    outline.first = batch.first;
    outline.next = batch.next;
    outline.records = batch.records;
    outline.body_bytes = body.size();
    open_block block = begin_block(format, sample_context(), outline, buffer());
    std::copy(body.begin(), body.end(), block.records.begin());
    return std::string(
        as_text(end_block(format, sample_context(), outline, std::move(block))->view())
    );
}

/// An object of several small blocks, and what its bodies join to.
struct object {
    std::string bytes;
    std::size_t header = 0;
    byte_vector body;
    position end;
};

object made_of(object_format format, const std::vector<record>& records, std::size_t per_block) {
    object made;
    made.bytes = as_text(object_header(format, sample_context()));
    made.header = made.bytes.size();
    made.end = position{3, 0, 0};
    for (std::size_t at = 0; at < records.size(); at += per_block) {
        const auto count = std::min(per_block, records.size() - at);
        const auto begin = records.begin() + static_cast<std::ptrdiff_t>(at);
        const byte_vector body = body_of({begin, begin + static_cast<std::ptrdiff_t>(count)});
        made.bytes += encoded(format, body, made.end);
        made.end = describe_body(body, made.end)->next;
        append(made.body, body);
    }
    return made;
}

/// What a decoder gave: every batch checked, and all bodies in a row.
struct taken {
    byte_vector body;
    position next{3, 0, 0};
    std::size_t batches = 0;

    object_decoder::deliver into() {
        return [this](const record_batch& batch) {
            const auto described = describe_body(batch.body, next);
            BOOST_REQUIRE(described.has_value());
            BOOST_REQUIRE((described->first == batch.first && described->next == batch.next));
            BOOST_REQUIRE(described->records == batch.records && described->events == batch.events);
            BOOST_REQUIRE(batch.body.size() <= max_batch_bytes);
            check_fragments(batch.body);
            append(body, batch.body);
            next = batch.next;
            ++batches;
            return result<void>();
        };
    }

    static void check_fragments(bytes_view body) {
        avro_record_cursor cursor(body);
        record each;
        std::size_t records = 0;
        while (!cursor.at_end()) {
            BOOST_REQUIRE(cursor.next(each).has_value());
            ++records;
            if (each.part) BOOST_REQUIRE((cursor.at_end() && records == 1));
        }
    }
};

result<void> decode(object_decoder& decoder, std::string_view bytes, std::size_t cut, taken& to) {
    const auto deliver = to.into();
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
        // A copy of exactly this size, so that reading beyond it is seen by a sanitizer.
        const std::string piece(bytes.substr(at, cut));
        auto fed = decoder.feed(as_bytes(piece), deliver);
        if (!fed) return fed;
    }
    return decoder.finish(deliver);
}

bool lies_in(std::size_t at, std::string_view bytes, std::string_view part) {
    const std::size_t begin = bytes.find(part);
    BOOST_REQUIRE(begin != bytes.npos);
    return at >= begin && at < begin + part.size();
}

std::unique_ptr<object_decoder> decoder_of(object_format format) {
    return make_decoder(format, sample_context(), position{3, 0, 0}, false);
}

} // namespace

BOOST_AUTO_TEST_SUITE(object_decoders)

BOOST_AUTO_TEST_CASE(pieces_of_any_size_give_the_same_records) {
    record_maker make(5);
    const auto records = make.run_of_records(25);
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 4);
        for (std::size_t cut = 1; cut <= made.bytes.size(); cut += cut < 300 ? 1 : 97) {
            taken got;
            const auto decoded = decode(*decoder_of(format), made.bytes, cut, got);
            BOOST_REQUIRE_MESSAGE(decoded.has_value(), "cut " << cut);
            BOOST_REQUIRE((got.body == made.body));
            BOOST_REQUIRE((got.next == made.end));
        }
    }
}

BOOST_AUTO_TEST_CASE(one_cut_anywhere_changes_nothing) {
    record_maker make(6);
    const auto records = make.run_of_records(12);
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 5);
        for (std::size_t cut = 0; cut <= made.bytes.size(); ++cut) {
            taken got;
            const auto deliver = got.into();
            const auto decoder = decoder_of(format);
            BOOST_REQUIRE(decoder->feed(as_bytes(made.bytes).first(cut), deliver).has_value());
            BOOST_REQUIRE(decoder->feed(as_bytes(made.bytes).subspan(cut), deliver).has_value());
            BOOST_REQUIRE(decoder->finish(deliver).has_value());
            BOOST_REQUIRE((got.body == made.body));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_object_that_ends_early_is_refused_unless_a_block_ends_there) {
    record_maker make(7);
    const auto records = make.run_of_records(12);
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 3);
        std::size_t complete = 0;
        for (std::size_t size = 0; size < made.bytes.size(); ++size) {
            taken got;
            if (decode(
                    *decoder_of(format), std::string_view(made.bytes).substr(0, size), 4096, got
                ))
                ++complete;
        }
        const bool avro = format == object_format::avro;
        // Behind the header and each block but the last; or at the beginning and behind each line.
        BOOST_TEST(complete == (avro ? (records.size() + 2) / 3 : records.size()));
    }
}

BOOST_AUTO_TEST_CASE(a_piece_begins_at_a_block_inside_the_object) {
    record_maker make(8);
    const auto records = make.run_of_records(20);
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 100);
        const auto decoder = make_decoder(format, sample_context(), position{3, 0, 0}, true);
        taken got;
        BOOST_TEST(
            decode(*decoder, std::string_view(made.bytes).substr(made.header), 100, got).has_value()
        );
        BOOST_TEST((got.body == made.body));
    }
}

BOOST_AUTO_TEST_CASE(a_piece_may_begin_and_end_inside_an_event) {
    const auto fragments = sample_fragments();
    const std::int64_t sequence = fragments[0].sequence;
    for (const auto format : both_formats) {
        const byte_vector body = body_of({fragments[1]});
        const position first{3, sequence, 5};
        const auto decoder = make_decoder(format, sample_context(), first, true);
        taken got;
        got.next = first;
        BOOST_TEST(decode(*decoder, encoded(format, body, first), 7, got).has_value());
        BOOST_TEST((got.next == position{3, sequence, 9}));
        BOOST_TEST((got.body == body));
    }
}

BOOST_AUTO_TEST_CASE(what_does_not_follow_the_position_is_refused) {
    for (const auto format : both_formats) {
        const std::string block =
            encoded(format, body_of(sample_whole_events()), position{3, 7, 0});
        for (const position first : {position{3, 8, 0}, position{3, 7, 1}}) {
            taken got;
            const auto decoder = make_decoder(format, sample_context(), first, true);
            const auto decoded = decode(*decoder, block, 1000, got);
            BOOST_REQUIRE(decoded.has_error());
            BOOST_TEST((decoded.error().code == stream_errc::malformed));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_block_larger_than_a_batch_is_cut_into_batches) {
    const std::string value(900 << 10, 'v');
    std::vector<record> records;
    for (std::int64_t i = 0; i < 12; ++i) {
        record each;
        each.sequence = i;
        each.value = as_bytes(value);
        if (i == 6) each.part = fragment{0, fragment_end{900 << 10, 0}};
        records.push_back(each);
    }
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 12);
        for (const std::size_t cut : {std::size_t{1} << 16, made.bytes.size()}) {
            taken got;
            BOOST_TEST(decode(*decoder_of(format), made.bytes, cut, got).has_value());
            BOOST_TEST((got.body == made.body));
            BOOST_TEST(got.batches >= 5u);
        }
    }
}

BOOST_AUTO_TEST_CASE(ndjson_is_delivered_while_it_comes) {
    const std::string value(50'000, 'v');
    record each;
    each.value = as_bytes(value);
    const auto decoder = decoder_of(object_format::ndjson);
    taken got;
    const auto deliver = got.into();
    for (int i = 0; i < 100; ++i) {
        each.sequence = i;
        std::string line;
        append_json_event(line, each);
        BOOST_REQUIRE(decoder->feed(as_bytes(line), deliver).has_value());
    }
    BOOST_TEST(got.body.size() > 4'500'000u);
}

BOOST_AUTO_TEST_CASE(a_whole_block_is_not_copied) {
    const std::string block =
        encoded(object_format::avro, body_of(sample_whole_events()), position{3, 7, 0});
    const auto decoder =
        make_decoder(object_format::avro, sample_context(), position{3, 7, 0}, true);
    bool inside = false;
    const auto fed = decoder->feed(as_bytes(block), [&](const record_batch& batch) {
        const auto* at = reinterpret_cast<const char*>(batch.body.data());
        inside = at > block.data() && at + batch.body.size() < block.data() + block.size();
        return result<void>();
    });
    BOOST_TEST(fed.has_value());
    BOOST_TEST(inside);
}

BOOST_AUTO_TEST_CASE(what_the_receiver_refuses_ends_it) {
    record_maker make(9);
    const auto records = make.run_of_records(20);
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 5);
        int calls = 0;
        const auto refuse = [&](const record_batch&) -> result<void> {
            ++calls;
            failure why;
            why.code = stream_errc::fenced;
            return why;
        };
        const auto decoder = decoder_of(format);
        auto fed = decoder->feed(as_bytes(made.bytes), refuse);
        if (fed) fed = decoder->finish(refuse);
        BOOST_REQUIRE(fed.has_error());
        BOOST_TEST((fed.error().code == stream_errc::fenced));
        BOOST_TEST(calls == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_an_avro_frame_is_seen) {
    record_maker make(10);
    const object made = made_of(object_format::avro, make.run_of_records(3), 3);
    const auto frame_of = [&](std::size_t at) {
        const std::size_t body = made.bytes.size() - 16 - made.body.size();
        return at < made.header || (at >= made.header && at < body) || at >= made.bytes.size() - 16;
    };
    for (std::size_t at = 0; at < made.bytes.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string damaged = made.bytes;
            damaged[at] ^= static_cast<char>(1u << bit);
            taken got;
            const auto decoded = decode(*decoder_of(object_format::avro), damaged, 1 << 20, got);
            // The stream's own name nothing else repeats, and a codec that is not named is none.
            const bool name = lies_in(at, made.bytes, "sluice.stream\x0corders"sv) ||
                              lies_in(at, made.bytes, "avro.codec");
            if (frame_of(at) && !name)
                BOOST_REQUIRE_MESSAGE(decoded.has_error(), "byte " << at << " bit " << bit);
        }
    }
}

BOOST_AUTO_TEST_CASE(damaged_objects_are_refused_or_read_and_nothing_else) {
    const std::uint64_t seed = std::random_device()();
    BOOST_TEST_MESSAGE("seed " << seed);
    record_maker make(seed);
    const auto records = make.run_of_records(20);
    for (const auto format : both_formats) {
        const object made = made_of(format, records, 5);
        for (int round = 0; round < 1500; ++round) {
            std::string damaged = made.bytes;
            for (auto flips = 1 + make.below(3); flips > 0; --flips)
                damaged[make.below(damaged.size())] ^= static_cast<char>(1u << make.below(8));
            if (make.below(4) == 0) damaged.erase(make.below(damaged.size()), make.below(30));
            taken got;
            decode(*decoder_of(format), damaged, 1 + make.below(2000), got).has_value();
        }
    }
}

BOOST_AUTO_TEST_CASE(sizes_that_lie_are_not_believed) {
    const auto refusal = [](std::string_view block) {
        const auto decoder =
            make_decoder(object_format::avro, sample_context(), position{3, 0, 0}, true);
        taken got;
        const auto decoded = decode(*decoder, block, 5, got);
        return decoded ? std::string() : decoded.error().where;
    };
    const auto sync = avro_sync_marker(sample_context());
    const std::string end(as_text(sync));
    const std::string smallest(6, '\0');
    BOOST_TEST(refusal("\x02\x0c" + smallest + end) == "");
    BOOST_TEST(refusal(std::string(2, '\0') + end) == "");
    BOOST_TEST(refusal("\x04\x0c" + smallest + end).find("fewer records") != std::string::npos);
    BOOST_TEST(
        refusal(std::string("\0\x0c", 2) + smallest + end).find("more records") != std::string::npos
    );
    BOOST_TEST(
        refusal("\x01\x0c" + smallest + end).find("count is impossible") != std::string::npos
    );
    BOOST_TEST(
        refusal("\x02\x01" + smallest + end).find("size is impossible") != std::string::npos
    );
    BOOST_TEST(
        refusal("\x02\x82\x80\x80\x40" + smallest + end).find("size is impossible") !=
        std::string::npos
    );
    BOOST_TEST(
        refusal("\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").find("size is impossible") !=
        std::string::npos
    );
    BOOST_TEST(refusal("\x02\x0a" + smallest + end) != "");
    BOOST_TEST(refusal("\x02\x0e" + smallest + end) != "");
}

namespace {

/// Bytes that are allocated now. With a sanitizer, which has an allocator of its own: always 0.
std::size_t allocated() {
    const auto told = ::mallinfo2();
    return told.uordblks + told.hblkhd;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_large_block_takes_its_size_once_and_one_that_is_not_there_nothing) {
    const std::string value((1 << 20) - 100, 'v');
    byte_vector body;
    constexpr std::uint32_t records = 40;
    for (std::uint32_t n = 0; n < records; ++n) {
        record each;
        each.sequence = n;
        each.value = as_bytes(value);
        append_avro_record(body, each);
    }
    const byte_vector prefix = avro_block_prefix(records, body.size());
    const auto sync = avro_sync_marker(sample_context());
    std::uint32_t got = 0;
    const auto count = [&got](const record_batch& batch) {
        got += batch.records;
        return result<void>();
    };
    const auto begun = [] {
        return make_decoder(object_format::avro, sample_context(), position{3, 0, 0}, true);
    };
    const auto decoder = begun();
    const std::size_t before = allocated();
    std::size_t most = before;
    decoder->feed(prefix, count).value();
    for (bytes_view left = body; !left.empty();) {
        const bytes_view some = left.first(std::min<std::size_t>(left.size(), 100'000));
        decoder->feed(some, count).value();
        left = left.subspan(some.size());
        most = std::max(most, allocated());
    }
    decoder->feed(sync, count).value();
    decoder->finish(count).value();
    BOOST_TEST(got == records);
    BOOST_TEST(most - before < body.size() + body.size() / 10);

    const auto other = begun();
    const std::size_t then = allocated();
    other->feed(avro_block_prefix(records, 60 << 20), count).value();
    other->feed(bytes_view(body).first(1000), count).value();
    BOOST_TEST(allocated() < then + 20'000);
}

BOOST_AUTO_TEST_CASE(lines_without_what_an_object_needs_are_refused) {
    const auto refusal = [](std::string_view lines) {
        taken got;
        const auto decoded = decode(*decoder_of(object_format::ndjson), lines, 1000, got);
        return decoded ? std::string() : decoded.error().where;
    };
    BOOST_TEST(refusal("{\"sequence\":1}\n") == "");
    BOOST_TEST(refusal("{\"sequence\":1}").find("ends inside it") != std::string::npos);
    BOOST_TEST(refusal("{\"value\":\"x\"}\n").find("\"sequence\"") != std::string::npos);
    BOOST_TEST(refusal("\n") != "");
    const std::string second = refusal("{\"sequence\":1}\n{\"sequence\":2,\"value\":5}\n");
    BOOST_TEST(second.find("byte 15") != std::string::npos);
    BOOST_TEST(second.find("\"value\"") != std::string::npos);
    BOOST_TEST(
        refusal("{\"sequence\":2}\n{\"sequence\":1}\n").find("does not rise") != std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(a_line_has_an_end) {
    const auto decoder = decoder_of(object_format::ndjson);
    const std::string some(1 << 20, ' ');
    const auto ignore = [](const record_batch&) { return result<void>(); };
    int fed = 0;
    while (fed < 100 && decoder->feed(as_bytes(some), ignore))
        ++fed;
    BOOST_TEST(fed == 32);
}

BOOST_AUTO_TEST_SUITE_END()
