// engine: the small documents: what a folder holds, and how far an import is.
#include "json_line.hpp"

#include <sluice/base/error.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/stream/stream_name.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

failure written_by_newer(const char* what, std::uint64_t version) {
    failure why;
    why.code = errc::unsupported_version;
    why.where = std::string(what) + " of version " + std::to_string(version) +
                ": written by a newer sluice";
    return why;
}

failure filled_by_listing() {
    failure why;
    why.code = engine_errc::other_incarnation;
    why.where =
        "the stream was filled by listing, not from an export's commits; give --by-listing, "
        "or import into another stream";
    return why;
}

} // namespace

std::string encode_stream_document(const stream_document& what) {
    json::line_writer to;
    to.open()
        .number("version", format_version)
        .text("name", what.name)
        .text("incarnation", what.incarnation);
    to.number("partitions", what.partitions).text("format", what.format).text("codec", what.codec);
    return to.sealed();
}

result<stream_document> decode_stream_document(std::string_view bytes) {
    constexpr const char* what = "_sluice/stream.json";
    simdjson::dom::parser parser;
    auto root = json::parse_sealed(parser, bytes, what);
    if (!root) return root.error();
    std::optional<failure> why;
    json::object_reader from(*root, what, why);
    const std::uint64_t version = from.number("version");
    if (from.good() && version != format_version) return written_by_newer(what, version);
    stream_document read;
    read.name = from.text("name");
    read.incarnation = from.text("incarnation");
    read.partitions = from.number32("partitions");
    read.format = from.text("format");
    read.codec = from.text("codec");
    if (!is_stream_name(read.name)) from.refuse("names no stream");
    if (read.partitions == 0 || read.partitions > 4096) from.refuse("has not 1 to 4096 partitions");
    if (why) return *why;
    return read;
}

namespace {

/// Ranges as pairs of positions, one after the other.
void add_left_out(json::line_writer& to, const left_out_ranges& what) {
    to.open("left_out").number("count", what.count).open_array("ranges");
    for (const auto& [first, next] : what.first)
        to.element(to_string(first)).element(to_string(next));
    to.close_array().close();
}

left_out_ranges read_left_out(json::object_reader from) {
    left_out_ranges read;
    read.count = from.number("count");
    std::optional<position> first;
    for (const simdjson::dom::element& each : from.elements("ranges")) {
        std::string_view text;
        const bool is_text = each.get(text) == simdjson::SUCCESS;
        const auto place = parse_position(is_text ? text : std::string_view());
        if (!place) {
            from.refuse("ranges holds what is not a position");
            break;
        }
        if (first)
            read.first.emplace_back(*std::exchange(first, std::nullopt), *place);
        else
            first = *place;
    }
    return read;
}

} // namespace

void note_left_out(left_out_ranges& of, const position& first, const position& next) {
    constexpr std::size_t most_kept = 100; // it stands in each append's progress
    const bool all_kept = of.count == of.first.size();
    if (all_kept && !of.first.empty() && of.first.back().second >= first) {
        of.first.back().second = std::max(of.first.back().second, next);
        return;
    }
    ++of.count;
    if (of.first.size() < most_kept) of.first.emplace_back(first, next);
}

std::string encode_import_progress(const import_progress& what) {
    json::line_writer to;
    to.open()
        .number("version", format_version)
        .text("bucket", what.bucket)
        .text("folder", what.folder);
    to.text("stream", what.stream).text("incarnation", what.incarnation).place("position", what.at);
    if (what.byte > 0) to.number("byte", what.byte);
    if (what.open) {
        to.open("open").number("length", what.open->length);
        to.crc("crc64nvme", what.open->crc64nvme).close();
    }
    to.open("hint")
        .number("commit", what.hint_commit)
        .text("object", what.hint_object)
        .number("piece", what.hint_piece);
    to.close();
    if (what.start)
        to.open("start").place("position", what.start->at).text("word", what.start->word).close();
    if (what.end) to.place("end", *what.end);
    if (what.left_out.count > 0) add_left_out(to, what.left_out);
    to.close();
    return to.so_far();
}

result<import_progress> decode_import_progress(std::string_view bytes) {
    constexpr const char* what = "an import's progress";
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(bytes.data(), bytes.size()).get(root) != simdjson::SUCCESS)
        return json::damaged(what, "is not JSON");
    std::optional<failure> why;
    json::object_reader from(root, what, why);
    const std::uint64_t version = from.number("version");
    if (from.good() && from.has("source")) return filled_by_listing();
    if (from.good() && version != format_version) return written_by_newer(what, version);
    import_progress read;
    read.bucket = from.text("bucket");
    read.folder = from.text("folder");
    read.stream = from.text("stream");
    read.incarnation = from.text("incarnation");
    read.at = from.place("position");
    if (from.has("byte")) read.byte = from.number("byte");
    if (from.has("open")) {
        json::object_reader open = from.object("open");
        read.open = open_value{open.number("length"), open.crc("crc64nvme")};
    }
    json::object_reader hint = from.object("hint");
    read.hint_commit = hint.number("commit");
    read.hint_object = hint.text("object");
    read.hint_piece = hint.number("piece");
    if (from.has("start")) {
        json::object_reader start = from.object("start");
        read.start = import_start{start.place("position"), start.text("word")};
    }
    if (from.has("end")) read.end = from.place("end");
    if (from.has("left_out")) read.left_out = read_left_out(from.object("left_out"));
    if (why) return *why;
    return read;
}

result<import_progress> continue_import_progress(
    const import_progress& fresh, std::string_view bytes, const std::string& stream
) {
    if (bytes.empty()) return fresh;
    auto last = decode_import_progress(bytes);
    if (!last) return last.error();
    const bool same = last->incarnation == fresh.incarnation && last->stream == fresh.stream &&
                      last->bucket == fresh.bucket && last->folder == fresh.folder;
    if (same) return last;
    failure why;
    why.code = engine_errc::other_incarnation;
    why.where = "stream " + stream + ": was filled from s3://" + last->bucket + "/" + last->folder +
                " (incarnation " + last->incarnation + "), not from s3://" + fresh.bucket + "/" +
                fresh.folder + "; import into another stream";
    return why;
}

} // namespace sluice
