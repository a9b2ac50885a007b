// engine: an import by listing: which objects come next, and how it knows where it stands.
#include "listing_order.hpp"

#include "json_line.hpp"
#include "own_place.hpp"

#include <sluice/base/bytes.hpp>
#include <sluice/base/error.hpp>
#include <sluice/base/hash.hpp>
#include <sluice/engine/error.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t listing_progress_version = 1;
constexpr const char* progress_document = "an import's progress";

failure refused_listing(boost::system::error_code code, std::string where) {
    failure why;
    why.code = code;
    why.where = std::move(where);
    return why;
}

failure not_there_any_more(const listing_progress& reached, const std::string& how) {
    return refused_listing(
        engine_errc::damaged_object,
        "s3://" + reached.bucket + "/" + reached.object.key + ": " + how + " since " +
            std::to_string(reached.events) +
            " events of it were imported; import into another stream"
    );
}

} // namespace

void note_left_out(listing_progress& of) {
    constexpr std::size_t most_kept = 16; // they stand in each append's progress, 1 KiB at most
    ++of.left_out;
    if (of.left_out_first.size() < most_kept) of.left_out_first.push_back(of.object.key);
}

std::string encode_listing_progress(const listing_progress& what) {
    json::line_writer to;
    to.open().number("version", listing_progress_version).text("source", "listing");
    to.text("bucket", what.bucket).text("prefix", what.prefix);
    to.text("sort", what.sort == listing_sort::key ? "key" : "modified");
    to.text("object", what.object.key).text("etag", what.object.etag);
    to.text("modified", what.object.modified).text("format", what.format);
    to.number("event_bytes", what.event_bytes).number("events", what.events);
    to.number("done", std::uint64_t{what.done ? 1U : 0U}).number("objects", what.objects);
    to.text("newest", what.newest);
    if (what.inside > 0) to.number("inside", what.inside);
    if (what.shard.of > 0) to.number("shard", what.shard.number).number("shards", what.shard.of);
    if (!what.partitions.empty()) to.text("partitions", what.partitions);
    if (what.left_out > 0) {
        to.number("left_out", what.left_out).open_array("left_out_first");
        for (const std::string& each : what.left_out_first)
            to.element(each);
        to.close_array();
    }
    to.close();
    return to.so_far();
}

result<listing_progress> decode_listing_progress(std::string_view bytes) {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    if (parser.parse(bytes.data(), bytes.size()).get(root) != simdjson::SUCCESS)
        return json::damaged(progress_document, "is not JSON");
    std::optional<failure> why;
    json::object_reader from(root, progress_document, why);
    if (from.good() && !from.has("source"))
        return refused_listing(
            engine_errc::other_incarnation,
            "the stream was filled from an export's commits, not by listing; import into another "
            "stream"
        );
    if (from.number("version") != listing_progress_version && from.good())
        return refused_listing(
            errc::unsupported_version, "an import's progress was written by a newer program"
        );
    listing_progress read;
    read.bucket = from.text("bucket");
    read.prefix = from.text("prefix");
    read.sort = from.text("sort") == "key" ? listing_sort::key : listing_sort::modified;
    read.object.key = from.text("object");
    read.object.etag = from.text("etag");
    read.object.modified = from.text("modified");
    read.format = from.text("format");
    read.event_bytes = from.number("event_bytes");
    read.events = from.number("events");
    read.done = from.number("done") != 0;
    read.objects = from.number("objects");
    read.newest = from.text("newest");
    if (from.has("inside")) read.inside = from.number("inside");
    if (from.has("shard")) read.shard = {from.number("shard"), from.number("shards")};
    if (from.has("partitions")) read.partitions = from.text("partitions");
    if (from.has("left_out")) read.left_out = from.number("left_out");
    if (from.has("left_out_first")) {
        for (const simdjson::dom::element& each : from.elements("left_out_first")) {
            std::string_view key;
            if (each.get(key) == simdjson::SUCCESS) read.left_out_first.emplace_back(key);
        }
    }
    if (why) return *why;
    return read;
}

bool in_shard(std::string_view name, listing_shard shard) {
    if (shard.of == 0) return true;
    const auto folder = partition_folder_of(name);
    if (folder) name = name.substr(0, folder->size);
    return crc64nvme(as_bytes(name)) % shard.of == shard.number - 1;
}

bool in_partitions(std::string_view name, const std::vector<partition_pair>& named) {
    if (named.empty()) return true;
    const auto folder = partition_folder_of(name);
    const auto is_its = [&folder](const partition_pair& each) {
        return each.source == folder->partition;
    };
    return folder && std::any_of(named.begin(), named.end(), is_its);
}

std::string to_string(listing_shard shard) {
    return std::to_string(shard.number) + "/" + std::to_string(shard.of);
}

bool comes_before(const foreign_object& a, const foreign_object& b, listing_sort by) {
    if (by == listing_sort::modified && a.modified != b.modified) return a.modified < b.modified;
    return a.key < b.key;
}

result<void>
check_half_done(const std::vector<foreign_object>& listed, const listing_progress& reached) {
    if (reached.done || reached.object.key.empty()) return result<void>();
    const auto same = [&reached](const foreign_object& each) {
        return each.key == reached.object.key;
    };
    const auto there = std::find_if(listed.begin(), listed.end(), same);
    if (there == listed.end()) return not_there_any_more(reached, "it is gone");
    if (there->etag != reached.object.etag) return not_there_any_more(reached, "it has changed");
    return result<void>();
}

listing_plan plan_listing(std::vector<foreign_object> listed, const listing_progress& reached) {
    const auto before = [&reached](const foreign_object& a, const foreign_object& b) {
        return comes_before(a, b, reached.sort);
    };
    std::sort(listed.begin(), listed.end(), before);
    listing_plan plan;
    if (reached.object.key.empty()) {
        plan.objects = std::move(listed);
        return plan;
    }
    const auto first = reached.done
                           ? std::upper_bound(listed.begin(), listed.end(), reached.object, before)
                           : std::lower_bound(listed.begin(), listed.end(), reached.object, before);
    plan.objects.assign(std::move_iterator(first), std::move_iterator(listed.end()));
    listed.erase(first, listed.end());
    plan.before = std::move(listed);
    return plan;
}

} // namespace sluice
