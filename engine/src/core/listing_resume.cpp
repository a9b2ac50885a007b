// engine: whether a stream is one that this import by listing has filled, and goes on with.
#include "listing_resume.hpp"

#include <sluice/engine/error.hpp>

#include <utility>

namespace sluice {

namespace {

failure refused_stream(error_code code, const found_stream& stream, const std::string& how) {
    failure why;
    why.code = code;
    why.where = "stream " + stream.name + how;
    return why;
}

failure of_another_shard(const found_stream& stream, listing_shard filled_from) {
    const std::string shard = to_string(filled_from);
    std::string how = ": is filled from all shards; give no --shard, or import into another stream";
    if (filled_from.of > 0)
        how = ": is filled from shard " + shard + "; give --shard " + shard +
              ", or import into another stream";
    return refused_stream(engine_errc::usage, stream, how);
}

failure of_other_partitions(const found_stream& stream, const std::string& filled_from) {
    std::string how = ": is filled from all objects; give no --partitions, or import into another "
                      "stream";
    if (!filled_from.empty())
        how = ": is filled from partitions " + filled_from + "; give --partitions " + filled_from +
              ", or import into another stream";
    return refused_stream(engine_errc::usage, stream, how);
}

} // namespace

result<listing_progress> resume_listing(const found_stream& stream, const listing_progress& begin) {
    if (stream.partitions != stream.needed && stream.needed == 1)
        return refused_stream(
            engine_errc::usage,
            stream,
            " has several partitions, an import by listing fills one, or with --partitions keep "
            "those that it finds; import into a stream that does not exist yet"
        );
    if (stream.partitions != stream.needed)
        return refused_stream(
            engine_errc::usage,
            stream,
            " has " + std::to_string(stream.partitions) + " partitions, this import fills " +
                std::to_string(stream.needed) + "; import into a stream that does not exist yet"
        );
    if (stream.progress.empty() && stream.has_events)
        return refused_stream(
            engine_errc::other_incarnation,
            stream,
            " holds events that no import brought; import into another stream"
        );
    if (stream.progress.empty()) return begin;
    auto last = decode_listing_progress(stream.progress);
    if (!last) return last.error();
    if (last->bucket != begin.bucket || last->prefix != begin.prefix)
        return refused_stream(
            engine_errc::other_incarnation,
            stream,
            ": was filled from s3://" + last->bucket + "/" + last->prefix + ", not from s3://" +
                begin.bucket + "/" + begin.prefix + "; import into another stream"
        );
    if (last->sort != begin.sort)
        return refused_stream(
            engine_errc::usage,
            stream,
            ": is filled in another order; give the same --sort as before"
        );
    if (last->shard != begin.shard) return of_another_shard(stream, last->shard);
    if (last->partitions != begin.partitions) return of_other_partitions(stream, last->partitions);
    return last;
}

} // namespace sluice
