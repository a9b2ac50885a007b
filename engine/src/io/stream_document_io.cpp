// engine: the document that says which stream a folder belongs to.
#include "stream_document_io.hpp"

#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>

namespace sluice {

namespace {

constexpr std::uint64_t largest_document = 64 << 10;

task<result<std::optional<stream_document>>>
read_document(transfer_run& run, export_target& target) {
    s3::get_request request;
    request.bucket = target.where.bucket;
    request.key = stream_document_key(target.where.folder);
    s3::memory_sink body(largest_document);
    auto get = [&target, &request, &body] {
        return target.store->get(request, body, deadline::never());
    };
    auto got = co_await persistently(run, target.patient, target.seen.last_error, get);
    if (!got && got.error().code == s3::s3_errc::no_such_key)
        co_return std::optional<stream_document>();
    if (!got) co_return got.error();
    auto decoded = decode_stream_document(as_text(body.bytes()));
    if (!decoded) co_return decoded.error();
    co_return std::optional<stream_document>(std::move(*decoded));
}

/// Any outcome that leaves a document at the key is good: what stands there is read next.
task<result<void>> create_document(transfer_run& run, export_target& target) {
    const std::string bytes = encode_stream_document(target.where.document);
    s3::put_request request;
    request.bucket = target.where.bucket;
    request.key = stream_document_key(target.where.folder);
    request.content_type = "application/json";
    request.if_none_match = true;
    auto put = [&target, &request, &bytes]() -> task<result<void>> {
        s3::memory_source body(as_bytes(bytes));
        auto done = co_await target.store->put(request, body, deadline::never());
        if (done || done.error().code == s3::s3_errc::precondition_failed) co_return result<void>();
        co_return done.error();
    };
    auto created = co_await persistently(run, target.patient, target.seen.last_error, put);
    co_return created;
}

} // namespace

result<void> compare_documents(const export_target& target, const stream_document& stands) {
    const stream_document& ours = target.where.document;
    failure why;
    if (stands.incarnation != ours.incarnation || stands.name != ours.name ||
        stands.partitions != ours.partitions) {
        why.code = engine_errc::other_incarnation;
        why.where = target.address + ": holds the export of stream " + stands.name +
                    " with incarnation " + stands.incarnation + ", ours is " + ours.name +
                    " with " + ours.incarnation;
        why.where += stands.name != ours.name
                         ? " (another stream)"
                         : " (the stream was created anew, or this is another one of that name); "
                           "--new-generation exports it beside, to a folder of its own";
        return why;
    }
    if (stands.format != ours.format || stands.codec != ours.codec) {
        why.code = engine_errc::format_differs;
        why.where = target.address + ": holds " + stands.format + " with codec " + stands.codec +
                    ", asked for is " + ours.format + " with codec " + ours.codec +
                    "; one folder has one of each: use another prefix, or --format " +
                    stands.format + " --codec " + stands.codec;
        return why;
    }
    return result<void>();
}

task<result<void>> settle_stream_document(transfer_run& run, export_target& target) {
    auto stands = co_await read_document(run, target);
    if (!stands) co_return stands.error();
    if (!*stands) {
        auto created = co_await create_document(run, target);
        if (!created) co_return created.error();
        stands = co_await read_document(run, target);
        if (!stands) co_return stands.error();
    }
    if (*stands) co_return compare_documents(target, **stands);
    failure why;
    why.code = engine_errc::damaged_object;
    why.where = target.address + ": " + stream_document_key(target.where.folder) +
                " was written and cannot be read";
    co_return why;
}

} // namespace sluice
