// Tests of stream/src/core/format.cpp, compression.cpp, decompression.cpp: formats with their
// codecs.
#include "sample_events.hpp"
#include "sample_records.hpp"
#include "vectors.hpp"

#include <sluice/base/error.hpp>
#include <sluice/stream/compression.hpp>
#include <sluice/stream/error.hpp>
#include <sluice/stream/values.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace sluice;

namespace {

const object_encoding compressed_ones[] = {
    {object_format::avro, object_codec::deflate},
    {object_format::avro, object_codec::zstd},
    {object_format::ndjson, object_codec::gzip},
    {object_format::ndjson, object_codec::zstd},
};

std::string block_of(object_encoding encoding, bytes_view body, position first) {
    const record_batch batch = describe_body(body, first).value();
    block_outline outline;
    outline.first = batch.first;
    outline.next = batch.next;
    outline.records = batch.records;
    outline.body_bytes = body.size();
    open_block block = begin_block(encoding, sample_context(), outline, buffer());
    std::copy(body.begin(), body.end(), block.records.begin());
    auto made = end_block(encoding, sample_context(), outline, std::move(block));
    BOOST_REQUIRE(made.has_value());
    return std::string(as_text(made->view()));
}

/// Two blocks, as in test/vectors/formats.
std::string sample_object(object_encoding encoding) {
    std::string object(as_text(object_header(encoding, sample_context())));
    object += block_of(encoding, body_of(sample_whole_events()), position{3, 7, 0});
    object += block_of(encoding, body_of(sample_fragments()), position{3, 1'000'000'000'001, 0});
    return object;
}

byte_vector sample_body() {
    byte_vector body = body_of(sample_whole_events());
    append(body, body_of(sample_fragments()));
    return body;
}

/// Feeds `bytes` in cuts of this size; what comes out goes behind `to`.
result<void>
decode(object_encoding encoding, std::string_view bytes, std::size_t cut, byte_vector& to) {
    const auto decoder = make_decoder(encoding, sample_context(), position{3, 0, 0}, false);
    const auto take = [&to](const record_batch& batch) {
        append(to, batch.body);
        return result<void>();
    };
    for (std::size_t at = 0; at < bytes.size(); at += cut) {
        const std::string piece(bytes.substr(at, cut));
        auto fed = decoder->feed(as_bytes(piece), take);
        if (!fed) return fed;
    }
    return decoder->finish(take);
}

/// The same through portions.
result<byte_vector> decode_portions(object_encoding encoding, std::string_view bytes) {
    const auto content = make_piece_content(encoding, as_bytes(bytes), false);
    const auto decoder = make_content_decoder(encoding, sample_context(), position{3, 0, 0}, false);
    byte_vector all;
    const auto take = [&all](const record_batch& batch) {
        append(all, batch.body);
        return result<void>();
    };
    while (true) {
        auto portion = content->next();
        if (!portion) return portion.error();
        const bool ended = portion->empty();
        auto decoded = ended ? decoder->finish(take) : decoder->feed(*portion, take);
        if (!decoded) return decoded.error();
        if (ended) return all;
    }
}

std::string golden_name(object_encoding encoding) {
    const std::string extension = extension_of(encoding);
    const bool avro = encoding.format == object_format::avro;
    return "formats/sample." + (avro ? std::string(name_of(encoding.codec)) + "." : "") + extension;
}

std::string compressed_zeros(object_codec codec, std::size_t size) {
    const std::string zeros(size, '\0');
    std::string made(compressed_bound(codec, size), '\0');
    const auto into = bytes_span(reinterpret_cast<std::byte*>(made.data()), made.size());
    made.resize(compress(codec, as_bytes(zeros), into));
    return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(encodings)

BOOST_AUTO_TEST_CASE(only_the_documented_pairs_are_encodings) {
    const auto allowed = [](object_format format, object_codec codec) {
        return make_encoding(format, codec).has_value();
    };
    for (const auto format :
         {object_format::avro,
          object_format::ndjson,
          object_format::lines,
          object_format::delimited,
          object_format::raw}) {
        const bool avro = format == object_format::avro;
        BOOST_TEST(allowed(format, object_codec::none));
        BOOST_TEST(allowed(format, object_codec::zstd));
        BOOST_TEST(allowed(format, object_codec::deflate) == avro);
        BOOST_TEST(allowed(format, object_codec::gzip) == !avro);
    }
    const auto refused = make_encoding(object_format::avro, object_codec::gzip);
    BOOST_TEST(
        refused.error().where == "codec gzip does not go with format avro, which takes none, "
                                 "deflate or zstd"
    );
    BOOST_TEST((known_encoding("avro", "brotli").error().code == errc::unsupported_version));
    BOOST_TEST((known_encoding("parquet", "none").error().code == errc::unsupported_version));
    BOOST_TEST((known_encoding("avro", "gzip").error().code == errc::unsupported_version));
}

BOOST_AUTO_TEST_CASE(the_extension_shows_whole_object_codecs_only) {
    BOOST_TEST(extension_of({object_format::avro, object_codec::zstd}) == "avro");
    BOOST_TEST(extension_of({object_format::ndjson, object_codec::gzip}) == "ndjson.gz");
    BOOST_TEST(extension_of({object_format::raw, object_codec::zstd}) == "raw.zst");
    BOOST_TEST(extension_of(object_format::delimited) == "delimited");
    BOOST_TEST(extension_of({object_format::lines, object_codec::gzip}) == "lines.gz");
}

BOOST_AUTO_TEST_CASE(the_encoder_tells_library_version_and_level) {
    BOOST_TEST(encoder_of(object_format::ndjson) == "sluice 1");
    BOOST_TEST(
        encoder_of({object_format::avro, object_codec::zstd}).starts_with("sluice 1, zstd 1.")
    );
    BOOST_TEST(encoder_of({object_format::raw, object_codec::gzip}).ends_with(" level 6"));
}

BOOST_AUTO_TEST_CASE(compressed_objects_are_the_golden_ones_where_the_library_is_the_same) {
    for (const object_encoding encoding : compressed_ones) {
        const bool zstd = encoding.codec == object_codec::zstd;
        const std::string recorded = zstd ? "zstd 1.5.4 level 3" : "zlib 1.2.13 level 6";
        if (compressor_name(encoding.codec) == recorded)
            check_golden(golden_name(encoding), sample_object(encoding));
    }
}

BOOST_AUTO_TEST_CASE(golden_objects_give_the_sample_records_whatever_the_cuts) {
    for (const object_encoding encoding : compressed_ones) {
        const std::string object = read_vector(golden_name(encoding));
        for (const std::size_t cut : {1, 2, 3, 7, 50, 1'000'000}) {
            byte_vector got;
            BOOST_REQUIRE(decode(encoding, object, cut, got).has_value());
            BOOST_TEST((got == sample_body()), golden_name(encoding) << " cut " << cut);
        }
        const auto portions = decode_portions(encoding, object);
        BOOST_REQUIRE(portions.has_value());
        BOOST_TEST((*portions == sample_body()));
    }
}

BOOST_AUTO_TEST_CASE(blocks_are_the_same_wherever_they_lie) {
    record_maker make(11);
    const byte_vector body = body_of(make.run_of_records(40));
    for (const object_encoding encoding : compressed_ones) {
        const std::string once = block_of(encoding, body, position{3, 0, 0});
        BOOST_TEST((block_of(encoding, body, position{3, 0, 0}) == once));
        byte_vector got;
        std::string object(as_text(object_header(encoding, sample_context())));
        BOOST_REQUIRE(decode(encoding, object + once, 100, got).has_value());
        BOOST_TEST((got == body));
    }
}

BOOST_AUTO_TEST_CASE(an_object_that_ends_inside_a_block_is_refused) {
    for (const object_encoding encoding : compressed_ones) {
        const std::string object = sample_object(encoding);
        const std::size_t header = object_header(encoding, sample_context()).size();
        const std::size_t first =
            header + block_of(encoding, body_of(sample_whole_events()), position{3, 7, 0}).size();
        for (std::size_t size = header + 1; size < object.size(); ++size) {
            byte_vector got;
            const auto decoded = decode(encoding, object.substr(0, size), 1'000'000, got);
            BOOST_REQUIRE_MESSAGE(decoded.has_value() == (size == first), "size " << size);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_never_gives_other_records) {
    // zstd and gzip carry checksums; deflate leaves damage to the CRC64 of the piece.
    for (const object_encoding encoding : compressed_ones) {
        if (encoding.codec == object_codec::deflate) continue;
        const std::string object = sample_object(encoding);
        const std::size_t header = object_header(encoding, sample_context()).size();
        for (std::size_t at = header; at < object.size(); ++at) {
            std::string damaged = object;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
            byte_vector got;
            const auto decoded = decode(encoding, damaged, 1'000'000, got);
            BOOST_REQUIRE_MESSAGE(!decoded || got == sample_body(), "byte " << at);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_avro_block_that_expands_beyond_16_MiB_is_refused) {
    for (const auto codec : {object_codec::deflate, object_codec::zstd}) {
        const object_encoding encoding(object_format::avro, codec);
        const std::string body = compressed_zeros(codec, (16 << 20) + 1);
        std::string object(as_text(object_header(encoding, sample_context())));
        object += as_text(avro_block_prefix(1, body.size()));
        object += body;
        object += as_text(avro_sync_marker(sample_context()));
        byte_vector got;
        const auto decoded = decode(encoding, object, 1 << 20, got);
        BOOST_REQUIRE(decoded.has_error());
        BOOST_TEST((decoded.error().code == errc::limit_exceeded), decoded.error().where);
        BOOST_TEST(got.empty());
    }
}

/// Also where all of the content is there, and only the mark of its end is missing.
BOOST_AUTO_TEST_CASE(a_block_that_is_cut_off_anywhere_is_refused) {
    for (const auto codec : {object_codec::deflate, object_codec::zstd}) {
        const std::string body = compressed_zeros(codec, 1000);
        const auto source = make_decompressor(codec);
        buffer into;
        BOOST_TEST(decompress_block(*source, as_bytes(body), 1000, into).value().size() == 1000u);
        for (std::size_t size = 1; size < body.size(); ++size) {
            const auto cut = make_decompressor(codec);
            const auto got = decompress_block(*cut, as_bytes(body).first(size), 1000, into);
            BOOST_REQUIRE(got.has_error());
            BOOST_TEST((got.error().code == stream_errc::malformed), size << " bytes");
        }
    }
}

BOOST_AUTO_TEST_CASE(what_expands_more_than_a_thousandfold_is_refused_after_64_MiB) {
    std::string bomb;
    const std::string member = compressed_zeros(object_codec::zstd, 4 << 20);
    for (int n = 0; n < 100; ++n)
        bomb += member;
    const auto source = make_decompressor(object_codec::zstd);
    source->give(as_bytes(bomb));
    std::uint64_t made = 0;
    while (true) {
        auto some = source->take();
        if (!some) {
            BOOST_TEST((some.error().code == errc::limit_exceeded));
            break;
        }
        BOOST_REQUIRE(!some->empty());
        BOOST_REQUIRE(some->size() <= (128u << 10));
        made += some->size();
    }
    BOOST_TEST(made >= always_allowed_bytes);
    BOOST_TEST(made <= always_allowed_bytes + most_expansion * bomb.size());
}

BOOST_AUTO_TEST_CASE(a_window_above_8_MiB_is_refused_before_memory_is_taken) {
    // Magic; no checksum, no size, a window of 2^27; an empty raw block that is not the last one.
    const char frame[] = "\x28\xb5\x2f\xfd\x00\x88\x00\x00\x00";
    const auto source = make_decompressor(object_codec::zstd);
    source->give(as_bytes(std::string_view(frame, sizeof frame - 1)));
    const auto some = source->take();
    BOOST_REQUIRE(some.has_error());
    BOOST_TEST((some.error().code == stream_errc::malformed));
}

BOOST_AUTO_TEST_SUITE_END()
