// fuzzing: what the targets begin with, made by the encoders themselves: objects of every encoding,
// commits of every kind, segments of the log, and words as they are printed.
//
// usage: fuzz_seeds FOLDER; writes FOLDER/TARGET.seeds: each seed behind its length, 4 bytes,
// little-endian.
#include "core/commit_page.hpp"
#include "core/log_meta.hpp"
#include "core/log_slots.hpp"
#include "sample_records.hpp"
#include "sample_segments.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/text.hpp>
#include <sluice/engine/address.hpp>
#include <sluice/engine/commit.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

using namespace sluice;
using test::segment_maker;

namespace {

using seeds = std::vector<std::string>;
constexpr const char* token = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

format_context context() {
    return {"orders", segment_maker::incarnation, segment_maker::partition};
}

std::string block_of(object_encoding as, const std::vector<record>& records, position first) {
    const byte_vector body = body_of(records);
    const record_batch batch = describe_body(body, first).value();
    block_outline outline;
    outline.first = batch.first;
    outline.next = batch.next;
    outline.records = batch.records;
    outline.events = batch.events;
    outline.times = batch.times;
    outline.body_bytes = body.size();
    outline.body_crc64 = batch.body_crc64.value();
    open_block block = begin_block(as, context(), outline, buffer());
    std::ranges::copy(body, block.records.begin());
    const buffer made = end_block(as, context(), outline, std::move(block)).value();
    return std::string(as_text(made.view()));
}

/// An object of so many blocks.
std::string object_of(object_encoding as, std::uint64_t random, int blocks, std::size_t records) {
    record_maker maker(random);
    std::string object(as_text(object_header(as, context())));
    std::int64_t next = 0;
    for (int n = 0; n < blocks; ++n) {
        auto run = maker.run_of_records(records, next);
        while (!fits(as.format, body_of(run)))
            run = maker.run_of_records(records, next);
        object += block_of(as, run, position{segment_maker::partition, next, 0});
        next = run.back().sequence + 1;
    }
    return object;
}

seeds objects(object_format format, std::initializer_list<object_codec> codecs) {
    seeds made;
    for (const object_codec codec : codecs)
        for (const int blocks : {1, 4})
            for (const std::size_t records : {1, 6})
                made.push_back(object_of({format, codec}, made.size() + 1, blocks, records));
    return made;
}

commit commit_of(commit_kind kind) {
    commit made;
    made.kind = kind;
    made.partition = segment_maker::partition;
    made.number = 7;
    made.epoch = kind == commit_kind::claim ? 7 : 2;
    made.token = token;
    made.at = 1'795'428'000'123'456;
    made.next = position{segment_maker::partition, 900, 17};
    made.fingerprint = 0xae8b14860a799888;
    return made;
}

committed_object object_with(std::size_t pieces) {
    committed_object object;
    object.token = token;
    object.first = position{segment_maker::partition, 100, 0};
    object.next = position{segment_maker::partition, 900, 17};
    object.events = 800;
    object.bytes = std::uint64_t{pieces} << 20;
    object.crc64nvme = 1;
    object.format = "avro";
    object.codec = "zstd";
    object.encoder = "zstd 1.5.4 level 3";
    object.times = time_range{-1, 1'795'428'000'000'000};
    for (std::size_t n = 0; n < pieces; ++n) {
        piece each;
        each.first = position{segment_maker::partition, 100 + static_cast<std::int64_t>(n), 0};
        each.at = std::uint64_t{n} << 20;
        each.crc64nvme = n;
        each.times = object.times;
        object.pieces.push_back(each);
    }
    object_name name;
    name.first = object.first;
    name.epoch = 2;
    name.nonce = nonce_of(token);
    name.extension = "avro";
    object.key = object_key(name);
    return object;
}

seeds commits() {
    seeds made;
    commit claim = commit_of(commit_kind::claim);
    claim.claim.transfer = "nightly";
    claim.claim.owner = "pid 7 on host";
    claim.claim.incarnation = segment_maker::incarnation;
    claim.claim.partitions = 4;
    claim.claim.start = claim.next;
    claim.claim.format = "avro";
    claim.claim.codec = "none";
    claim.claim.settings = {{"object_bytes", "268435456"}, {"start", "seq:5"}};
    made.push_back(encode_commit(claim));
    claim.claim.settings = {{"a \"quoted\" name", "\\"}, {"é", ""}};
    made.push_back(encode_commit(claim));
    for (const std::size_t pieces : {1, 3, 20}) {
        commit objects = commit_of(commit_kind::objects);
        objects.objects.push_back(object_with(pieces));
        made.push_back(encode_commit(objects));
        commit replace = commit_of(commit_kind::replace);
        replace.objects.push_back(object_with(pieces));
        replace.old_key = "partition=3/00000000000000000100-2-deadbeef.avro";
        made.push_back(encode_commit(replace));
    }
    commit gap = commit_of(commit_kind::gap);
    gap.gap_from = position{segment_maker::partition, 5, 0};
    gap.gap_to = gap.next;
    gap.reason = "the stream does not have them \"any more\"\n";
    made.push_back(encode_commit(gap));
    commit expired = commit_of(commit_kind::expired);
    expired.expired_keys = {object_with(1).key, "partition=3/00000000000000000200-2-deadbeef.avro"};
    made.push_back(encode_commit(expired));
    made.push_back(encode_commit(commit_of(commit_kind::release)));
    stream_document document;
    document.name = "orders";
    document.incarnation = segment_maker::incarnation;
    document.partitions = 4096;
    document.format = "ndjson";
    document.codec = "gzip";
    made.push_back(encode_stream_document(document));
    import_progress progress;
    progress.bucket = "bucket";
    progress.folder = "p/orders";
    progress.stream = "orders";
    progress.incarnation = segment_maker::incarnation;
    progress.at = gap.next;
    progress.byte = 17;
    progress.hint_commit = 3;
    progress.hint_object = object_with(1).key;
    made.push_back(encode_import_progress(progress));
    return made;
}

segment_maker long_segment(std::uint64_t random) {
    segment_maker made(64, random);
    made.events(4, false, "one").events(2, true, "").open_event().abandon();
    made.progress_alone("two").durable(made.end_address()).events(9, false, "three");
    return made;
}

/// What may lie behind two durable batches, and whole segments: see log_recovery.cpp for the first
/// byte.
seeds recoveries() {
    seeds made;
    constexpr char tail = 0, tail_made_right = 4, segment = 64, segment_made_right = 68,
                   chain = char(128);
    const std::string durable = test::two_durable_batches().text();
    const auto behind = [&durable](const segment_maker& all) {
        return all.text().substr(durable.size());
    };
    const auto again = [] { return test::two_durable_batches(); };
    const seeds tails = {
        behind(again().events(2, false, "third").events(3, true, "")),
        behind(again().open_event()),
        behind(again().open_event().abandon().events(1, false, "")),
        behind(again().progress_alone("alone")),
        behind(again().seal()),
        behind(again().events(2, false, "").seal()),
        behind(again().durable(again().end_address()).events(1, false, "").events(1, false, "")),
        std::string(500, '\0'),
        std::string(500, '\xff'),
        durable,
        durable.substr(0, 300)};
    for (const std::string& each : tails) {
        made.push_back(tail + each);
        made.push_back(tail_made_right + each);
        made.push_back(tail + each.substr(0, each.size() / 2));
    }
    for (std::uint64_t random = 1; random < 4; ++random) {
        segment_maker all = long_segment(random);
        made.push_back(segment + all.text());
        made.push_back(segment_made_right + all.text());
        made.push_back(segment + all.seal().text());
        made.push_back(char(chain + 4) + all.text());
    }
    made.push_back(chain + again().seal().text());
    return made;
}

seeds log_files() {
    seeds made;
    for (std::uint64_t random = 1; random < 4; ++random) {
        segment_maker all = long_segment(random);
        made.push_back(all.seal().text());
        segment_maker header(64, random);
        const std::size_t begins = header.text().size();
        made.push_back(header.events(3, random % 2 == 0, "progress").text().substr(begins));
    }
    log::meta about;
    about.name = "orders";
    about.incarnation = segment_maker::incarnation;
    about.partitions = 3;
    about.codec = "zstd";
    about.durability = "relaxed";
    about.retention.bytes = 1 << 30;
    about.retention.max_lag = 5;
    about.reserved_by = "import-1";
    about.created = "2026-11-23T10:00:00.000000Z";
    made.push_back(log::encode(about));
    log::watermark mark;
    mark.durable_address = 4711;
    mark.next_sequence = 12;
    log::slot_value slot;
    slot.counter = 8;
    slot.payload = log::encode(mark);
    made.emplace_back(as_text(log::encode_slot(slot)));
    made.push_back(log::segment_name(12, 64));
    return made;
}

seeds words() {
    const std::string folder = "s3://bucket/a/b.c";
    seeds made = {
        folder + "?endpoint=https://host:9000&region=eu-1&path-style=always&format=ndjson",
        to_string(parse_bucket_address(folder + "?codec=zstd&object-bytes=64MiB").value()),
        to_string(parse_stream_address("log:///var/lib/streams/orders").value()),
        to_string(position{3, 1'000'000'000'001, 1 << 20}),
        object_with(1).key,
        format_timestamp(-1).value(),
        format_timestamp(1'795'428'000'123'456).value(),
        human_size(1536 << 10),
        base64(as_bytes("any bytes\xff")),
        "1h30m",
        "1.5GiB"};
    return made;
}

bool write(const std::string& folder, const char* target, const seeds& all) {
    std::ofstream out(folder + "/" + target + ".seeds", std::ios::binary | std::ios::trunc);
    for (const std::string& each : all) {
        for (int shift = 0; shift < 32; shift += 8)
            out.put(static_cast<char>(each.size() >> shift & 0xff));
        out << each;
    }
    out.close();
    return out.good();
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const std::string folder = arguments[1];
    using codec = object_codec;
    const bool written =
        write(
            folder, "avro", objects(object_format::avro, {codec::none, codec::deflate, codec::zstd})
        ) &&
        write(
            folder,
            "ndjson",
            objects(object_format::ndjson, {codec::none, codec::gzip, codec::zstd})
        ) &&
        write(
            folder,
            "delimited",
            objects(object_format::delimited, {codec::none, codec::gzip, codec::zstd})
        ) &&
        write(
            folder, "lines", objects(object_format::lines, {codec::none, codec::gzip, codec::zstd})
        ) &&
        write(folder, "commits", commits()) && write(folder, "log_batches", log_files()) &&
        write(folder, "log_recovery", recoveries()) && write(folder, "words", words());
    if (!written) std::fprintf(stderr, "%s: cannot be written\n", arguments[1]);
    return written ? 0 : 1;
}
