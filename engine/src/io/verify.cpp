// engine: is everything that was committed there, whole, in order, and what the stream holds?
#include "../core/fetch_plan.hpp"
#include "piece_fetch.hpp"

#include <sluice/base/hash.hpp>
#include <sluice/base/task_group.hpp>
#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/s3/error.hpp>
#include <sluice/stream/format.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace sluice {

namespace {

constexpr unsigned verify_readings = 2;

/// The stream's records as one run of bytes, from any position: what exported records are compared
/// with.
class record_bytes {
  public:
    record_bytes(reader& from, position at, position end) : from_(from), at_(at), end_(end) {}

    /// Compares the next bytes with `body`. False: they differ, or the stream has no more.
    task<result<bool>> equal(bytes_view body) {
        while (!body.empty()) {
            if (used_ == block_.size()) {
                auto loaded = co_await load();
                if (!loaded) co_return loaded.error();
                if (!*loaded) co_return false;
            }
            const std::size_t size = std::min(body.size(), block_.size() - used_);
            const bytes_view here = block_.view().subspan(used_, size);
            if (!std::equal(here.begin(), here.end(), body.begin())) co_return false;
            used_ += size;
            body = body.subspan(size);
        }
        co_return true;
    }

  private:
    task<result<bool>> load() {
        auto outline = co_await from_.outline(at_, end_);
        if (!outline) co_return outline.error();
        if (outline->next == outline->first) co_return false;
        block_.reset(outline->body_bytes);
        used_ = 0;
        auto read = co_await from_.read(*outline, block_.span());
        if (!read) co_return read.error();
        at_ = outline->next;
        co_return true;
    }

    reader& from_;
    position at_;
    position end_;
    buffer block_;
    std::size_t used_ = 0;
};

/// The verification under way.
struct verification {
    s3::object_store& store;
    const export_folder& where;
    reader* against;
    deadline by;
    std::function<void(std::uint64_t)> progressed;
    verify_report report;
    object_format format = object_format::avro;

    void problem(const std::string& text) { report.problems.push_back(text); }
};

std::string object_text(const verification& at, const committed_object& object) {
    return "s3://" + at.where.bucket + "/" + join_key(at.where.folder, object.key);
}

/// Reads one piece; nullopt when it could not be had right, which is then among the problems.
task<result<std::optional<buffer>>>
read_piece(verification& at, const committed_object& object, const fetch_item& what) {
    s3::get_request request;
    request.bucket = at.where.bucket;
    request.key = join_key(at.where.folder, object.key);
    s3::byte_range range;
    range.first = what.at;
    range.size = what.size;
    request.range = range;
    std::string how = "its checksum is not the one committed";
    for (unsigned turn = 0; turn < verify_readings; ++turn) {
        s3::memory_sink body(what.size);
        auto got = co_await at.store.get(request, body, at.by);
        if (!got) {
            const auto code = got.error().code;
            const bool about_the_object =
                code == s3::s3_errc::no_such_key || code == s3::s3_errc::invalid_range ||
                code == s3::s3_errc::unexpected_range || code == s3::s3_errc::changed;
            if (!about_the_object) co_return got.error();
            how = code == s3::s3_errc::no_such_key ? "the object is missing"
                                                   : "the object is not as long as committed";
            continue;
        }
        if (got->size != object.bytes) {
            how = "the object has " + std::to_string(got->size) + " bytes, committed are " +
                  std::to_string(object.bytes);
            continue;
        }
        if (crc64nvme(body.bytes()) != what.crc64nvme) continue;
        buffer bytes(body.bytes().size());
        std::copy(body.bytes().begin(), body.bytes().end(), bytes.span().begin());
        co_return std::optional<buffer>(std::move(bytes));
    }
    at.problem(
        object_text(at, object) + ", bytes " + std::to_string(what.at) + " to " +
        std::to_string(what.at + what.size) + " (piece " + std::to_string(what.piece) +
        ", events " + to_string(what.first) + " up to " + to_string(what.next) + "): " + how
    );
    co_return std::optional<buffer>();
}

/// Checks what a piece holds: records in order, from where to where the commit says, and equal to
/// the stream's.
task<result<std::uint64_t>> check_records(
    verification& at,
    const committed_object& object,
    const fetch_item& what,
    bytes_view bytes,
    record_bytes* stream
) {
    std::vector<byte_vector> bodies;
    position reached = what.first;
    std::uint64_t events = 0;
    const auto take = [&](const record_batch& batch) -> result<void> {
        reached = batch.next;
        events += batch.events;
        if (stream) bodies.emplace_back(batch.body.begin(), batch.body.end());
        return result<void>();
    };
    format_context context;
    context.stream = at.where.document.name;
    context.incarnation = at.where.document.incarnation;
    context.partition = what.first.partition;
    const auto decoder = make_decoder(at.format, context, what.first, what.inside);
    auto decoded = decoder->feed(bytes, take);
    if (decoded) decoded = decoder->finish(take);
    const std::string place = object_text(at, object) + ", piece " + std::to_string(what.piece);
    if (!decoded) {
        at.problem(place + ": " + describe(decoded.error()));
        co_return events;
    }
    if (reached > what.next)
        at.problem(
            place + ": holds events up to " + to_string(reached) + ", committed is " +
            to_string(what.next)
        );
    for (const byte_vector& body : bodies) {
        auto same = co_await stream->equal(body);
        if (!same) co_return same.error();
        if (*same) continue;
        at.problem(
            place + ": its events from " + to_string(what.first) + " on are not those of the stream"
        );
        break;
    }
    co_return events;
}

task<result<void>>
verify_object(verification& at, const committed_object& object, position stream_end) {
    commit one;
    one.kind = commit_kind::objects;
    one.objects.push_back(object);
    const std::vector<fetch_item> items = plan_fetches({one}, object.first);
    std::optional<record_bytes> stream;
    if (at.against) stream.emplace(*at.against, object.first, std::min(object.next, stream_end));
    if (at.against && object.next > stream_end)
        at.problem(
            object_text(at, object) + ": ends at " + to_string(object.next) + ", the stream at " +
            to_string(stream_end)
        );
    std::uint64_t crc = 0, events = 0;
    bool whole = true;
    for (const fetch_item& item : items) {
        auto piece = co_await read_piece(at, object, item);
        if (!piece) co_return piece.error();
        if (!*piece) {
            whole = false;
            stream.reset(
            ); // what follows can no longer be aligned with the stream: one problem is told once
            continue;
        }
        crc = crc64nvme_combine(crc, item.crc64nvme, item.size);
        auto counted =
            co_await check_records(at, object, item, (**piece).view(), stream ? &*stream : nullptr);
        if (!counted) co_return counted.error();
        events += *counted;
        at.report.bytes += item.size;
        if (at.progressed) at.progressed(item.size);
    }
    if (whole && crc != object.crc64nvme)
        at.problem(
            object_text(at, object) + ": the checksums of its pieces do not make up its own"
        );
    if (whole && events != object.events) {
        at.problem(
            object_text(at, object) + ": " + std::to_string(events) +
            " events begin in it, committed are " + std::to_string(object.events)
        );
    }
    at.report.events += events;
    ++at.report.objects;
    co_return result<void>();
}

task<result<void>>
find_strays(verification& at, std::uint32_t partition, const std::vector<commit>& commits) {
    std::set<std::string> named;
    for (const commit& each : commits) {
        for (const committed_object& object : each.objects)
            named.insert(join_key(at.where.folder, object.key));
    }
    s3::list_request request;
    request.bucket = at.where.bucket;
    request.prefix = partition_prefix(at.where.folder, partition);
    do {
        auto page = co_await at.store.list(request, at.by);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects) {
            if (named.count(each.key) == 0) at.report.strays.push_back(each.key);
        }
        request.token = page->next_token;
    } while (!request.token.empty());
    co_return result<void>();
}

/// Objects and gaps must follow each other without a hole.
void check_cover(
    verification& at,
    const std::vector<commit>& commits,
    const std::vector<committed_object>& objects
) {
    for (std::size_t n = 1; n < objects.size(); ++n) {
        if (objects[n].first == objects[n - 1].next) continue;
        const bool told = std::any_of(commits.begin(), commits.end(), [&](const commit& each) {
            return each.kind == commit_kind::gap || each.kind == commit_kind::expired;
        });
        at.problem(
            "events " + to_string(objects[n - 1].next) + " up to " + to_string(objects[n].first) +
            " are in no object" + (told ? " (recorded as missing)" : "")
        );
    }
}

task<result<void>> verify_partition(verification& at, std::uint32_t partition) {
    auto commits = co_await fetch_commits(at.store, at.where, partition, 0, at.by);
    if (!commits) {
        if (commits.error().code != engine_errc::damaged_object) co_return commits.error();
        at.problem(describe(commits.error()));
        co_return result<void>();
    }
    at.report.commits += commits->size();
    position stream_end{partition, 0, 0};
    if (at.against) {
        auto bounds = co_await at.against->bounds(partition);
        if (!bounds) co_return bounds.error();
        stream_end = bounds->end;
    }
    const std::vector<committed_object> objects = objects_in_force(*commits);
    check_cover(at, *commits, objects);
    for (const committed_object& object : objects) {
        auto checked = co_await verify_object(at, object, stream_end);
        if (!checked) co_return checked.error();
    }
    auto strays = co_await find_strays(at, partition, *commits);
    co_return strays;
}

} // namespace

task<result<verify_report>> verify_export(
    s3::object_store& store,
    const export_folder& where,
    reader* against,
    std::uint64_t,
    deadline by,
    std::function<void(std::uint64_t bytes)> progressed
) {
    auto format = parse_format(where.document.format);
    if (!format) co_return format.error();
    verification at{store, where, against, by, std::move(progressed), verify_report(), *format};
    for (std::uint32_t n = 0; n < where.document.partitions; ++n) {
        auto verified = co_await verify_partition(at, n);
        if (!verified) co_return verified.error();
    }
    co_return std::move(at.report);
}

} // namespace sluice
