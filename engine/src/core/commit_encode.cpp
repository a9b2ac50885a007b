// engine: commits as bytes.
#include "json_line.hpp"

#include <sluice/engine/commit.hpp>

namespace sluice {

namespace {

const char* kind_name(commit_kind kind) {
    switch (kind) {
    case commit_kind::claim:
        return "claim";
    case commit_kind::objects:
        return "objects";
    case commit_kind::gap:
        return "gap";
    case commit_kind::replace:
        return "replace";
    case commit_kind::expired:
        return "expired";
    case commit_kind::release:
        return "release";
    }
    return "";
}

void add_times(json::line_writer& to, const std::optional<time_range>& times) {
    to.time("min_timestamp", times ? std::optional<std::int64_t>(times->min) : std::nullopt);
    to.time("max_timestamp", times ? std::optional<std::int64_t>(times->max) : std::nullopt);
}

void add_claim(json::line_writer& to, const claim_details& claim) {
    to.text("transfer", claim.transfer)
        .text("owner", claim.owner)
        .text("incarnation", claim.incarnation);
    to.number("partitions", claim.partitions).place("start", claim.start);
    to.text("format", claim.format).text("codec", claim.codec).open("settings");
    for (const auto& [name, value] : claim.settings)
        to.text(name, value);
    to.close();
}

void add_object(json::line_writer& to, const committed_object& object) {
    to.open();
    to.text("key", object.key)
        .text("token", object.token)
        .place("first", object.first)
        .place("next", object.next);
    to.number("events", object.events)
        .number("bytes", object.bytes)
        .crc("crc64nvme", object.crc64nvme);
    to.text("format", object.format).text("codec", object.codec).text("encoder", object.encoder);
    add_times(to, object.times);
    to.open_array("pieces");
    for (const piece& each : object.pieces) {
        to.open().place("first", each.first).number("at", each.at).crc("crc64nvme", each.crc64nvme);
        add_times(to, each.times);
        to.close();
    }
    to.close_array().close();
}

void add_objects(json::line_writer& to, const std::vector<committed_object>& objects) {
    to.open_array("objects");
    for (const committed_object& object : objects)
        add_object(to, object);
    to.close_array();
}

void add_details(json::line_writer& to, const commit& what) {
    switch (what.kind) {
    case commit_kind::claim:
        return add_claim(to, what.claim);
    case commit_kind::objects:
        return add_objects(to, what.objects);
    case commit_kind::gap:
        to.place("from", what.gap_from).place("to", what.gap_to).text("reason", what.reason);
        return;
    case commit_kind::replace:
        to.text("old", what.old_key);
        return add_objects(to, what.objects);
    case commit_kind::expired:
        to.open_array("keys");
        for (const std::string& key : what.expired_keys)
            to.element(key);
        to.close_array();
        return;
    case commit_kind::release:
        return;
    }
}

} // namespace

std::string encode_commit(const commit& what) {
    json::line_writer to;
    to.open().number("version", format_version).text("kind", kind_name(what.kind));
    to.number("partition", what.partition)
        .number("number", what.number)
        .number("epoch", what.epoch);
    to.text("token", what.token).number("at", what.at).place("next", what.next);
    to.crc("fingerprint", what.fingerprint);
    add_details(to, what);
    return to.sealed();
}

} // namespace sluice
