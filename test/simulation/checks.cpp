// simulation: what must hold when the last export has ended.
#include "checks.hpp"

#include "core/avro_record.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/stream/encoding.hpp>

#include <algorithm>

#include <zlib.h>
#include <zstd.h>

namespace sluice::simulation {

namespace {

std::string folder_of(const std::string& address) {
    return address == "s3://one/pre" ? "pre/orders" : "orders";
}

std::string bucket_of(const std::string& address) {
    return address.substr(5, 3);
}

/// What `raw` objects leave to the next event that has bytes.
bool has_no_bytes_behind(const written_partition& truth, const watched_partition& at) {
    std::size_t events = 0;
    for (const commit& each : at.commits)
        for (const committed_object& object : each.objects)
            events += static_cast<std::size_t>(object.events);
    if (events >= truth.values.size()) return false;
    const auto no_bytes = [](const auto& value) { return !value || value->empty(); };
    return std::all_of(
        truth.values.begin() + static_cast<std::ptrdiff_t>(events), truth.values.end(), no_bytes
    );
}

void check_partition(
    world& in,
    const std::string& where,
    const bucket& of,
    const std::string& folder,
    std::uint32_t n,
    bool raw
) {
    const auto found = of.partitions.find(folder + "/_sluice/commits/p=" + std::to_string(n));
    const position& end = in.truth[n].end;
    const bool empty = end.sequence == 0;
    if (found == of.partitions.end()) {
        if (!empty) in.violated(where + ": partition " + std::to_string(n) + " has no commits");
        return;
    }
    const watched_partition& at = found->second;
    if (raw && has_no_bytes_behind(in.truth[n], at)) return;
    if (at.commits.back().next != end)
        in.violated(
            where + ": committed up to " + to_string(at.commits.back().next) + ", written up to " +
            to_string(end)
        );
    std::int64_t events = 0;
    for (const commit& each : at.commits) {
        if (each.kind == commit_kind::gap) in.violated(where + ": a gap was recorded");
        for (const committed_object& object : each.objects)
            events += static_cast<std::int64_t>(object.events);
    }
    if (events != in.truth[n].events)
        in.violated(
            where + ": commits tell " + std::to_string(events) + " events, written were " +
            std::to_string(in.truth[n].events)
        );
}

std::string unzipped(const std::string& bytes) {
    z_stream stream{};
    inflateInit2(&stream, 16 + MAX_WBITS);
    std::string all, room(1 << 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    while (true) {
        stream.next_out = reinterpret_cast<Bytef*>(room.data());
        stream.avail_out = static_cast<uInt>(room.size());
        const int code = inflate(&stream, Z_NO_FLUSH);
        all.append(room.data(), room.size() - stream.avail_out);
        if (code == Z_STREAM_END && stream.avail_in > 0)
            inflateReset(&stream); // the next member
        else if (code != Z_OK)
            break;
    }
    inflateEnd(&stream);
    return all;
}

std::string unpacked(const std::string& bytes) {
    std::string all, room(1 << 16, '\0');
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    ZSTD_inBuffer from{bytes.data(), bytes.size(), 0};
    while (from.pos < from.size) {
        ZSTD_outBuffer to{room.data(), room.size(), 0};
        if (ZSTD_isError(ZSTD_decompressStream(context, &to, &from))) break;
        all.append(room.data(), to.pos);
    }
    ZSTD_freeDCtx(context);
    return all;
}

/// What objects of a format that keeps values only hold of these.
std::string
expected_values(const std::vector<std::optional<std::string>>& of, const std::string& format) {
    std::string all;
    for (const auto& value : of) {
        if (format == "delimited") {
            const std::uint32_t length =
                value ? static_cast<std::uint32_t>(value->size()) : 0xFFFFFFFFU;
            for (int shift = 24; shift >= 0; shift -= 8)
                all += static_cast<char>(length >> shift);
        }
        if (value) all += *value;
        if (format == "lines") all += '\n';
    }
    return all;
}

/// The values of records as a reader of the log gives them; fragments joined.
std::optional<std::vector<std::optional<std::string>>> values_of(const std::string& records) {
    std::vector<std::optional<std::string>> values;
    avro_wire::source from(as_bytes(records));
    while (from.left() > 0) {
        record each;
        if (!take_record(from, each, header_list::dropped)) return std::nullopt;
        std::optional<std::string> value;
        if (each.value) value = as_text(*each.value);
        if (each.part && each.part->offset > 0)
            *values.back() += *value;
        else
            values.push_back(value);
    }
    return values;
}

} // namespace

void check_reached(world& in, const export_spec& wanted) {
    for (const std::string& address : wanted.to)
        for (std::uint32_t n = 0; n < in.truth.size(); ++n)
            check_partition(
                in,
                address,
                in.s3.buckets.at(bucket_of(address)),
                folder_of(address),
                n,
                wanted.format == "raw"
            );
}

void check_buckets(world& in, const export_spec& wanted) {
    check_reached(in, wanted);
    for (const std::string& address : wanted.to) {
        const bucket& of = in.s3.buckets.at(bucket_of(address));
        const std::string folder = folder_of(address);
        for (const auto& [key, object] : of.objects) {
            const bool data = key.starts_with(folder + "/partition=");
            const bool expected = of.committed.count(key) > 0 || of.came_late.count(key) > 0 ||
                                  of.passed_over.count(key) > 0;
            if (data && !expected)
                in.violated(address + ": " + key + " lies there and no commit names it");
        }
        for (const auto& [id, upload] : of.uploads)
            in.violated(address + ": an upload of " + upload.key + " is open");
    }
}

void check_values(world& in, const export_spec& wanted) {
    for (const std::string& address : wanted.to) {
        const bucket& of = in.s3.buckets.at(bucket_of(address));
        const std::string folder = folder_of(address);
        for (std::uint32_t n = 0; n < in.truth.size(); ++n) {
            const auto found =
                of.partitions.find(folder + "/_sluice/commits/p=" + std::to_string(n));
            if (found == of.partitions.end()) continue;
            std::string all;
            for (const commit& each : found->second.commits)
                for (const committed_object& object : each.objects) {
                    const std::string& bytes = of.objects.at(folder + "/" + object.key).bytes;
                    if (object.codec == "gzip")
                        all += unzipped(bytes);
                    else
                        all += object.codec == "zstd" ? unpacked(bytes) : bytes;
                }
            if (all != expected_values(in.truth[n].values, wanted.format))
                in.violated(address + ": the values of partition " + std::to_string(n) + " differ");
        }
    }
}

task<void> check_copy(world& in, const export_spec& wanted, std::uint32_t partitions) {
    const auto format = parse_format(wanted.format);
    for (std::uint32_t n = 0; n < partitions; ++n) {
        position end;
        auto copy = co_await read_partition(in, "copy", n, end);
        if (!copy) {
            in.violated("the copy cannot be read: " + describe(copy.error()));
            continue;
        }
        bool same = *copy == in.truth[n].acknowledged;
        if (values_only(*format)) {
            const auto values = values_of(*copy);
            same = values && expected_values(*values, wanted.format) ==
                                 expected_values(in.truth[n].values, wanted.format);
        }
        if (!same)
            in.violated(
                "the copy of partition " + std::to_string(n) + " differs from what was written"
            );
    }
}

} // namespace sluice::simulation
