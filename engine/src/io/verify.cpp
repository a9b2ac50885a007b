// engine: is everything that was committed there, whole, in order, and what the stream holds?
#include "../core/commit_cover.hpp"
#include "commit_log.hpp"
#include "committed_pieces.hpp"
#include "object_check.hpp"

#include <sluice/engine/catalogue.hpp>
#include <sluice/engine/error.hpp>
#include <sluice/engine/object_key.hpp>
#include <sluice/stream/format.hpp>

#include <boost/asio/this_coro.hpp>

#include <set>
#include <utility>

namespace sluice {

namespace {

/// What of the stream can be compared with: `held`, where there is one.
task<result<void>> check_objects(
    verification& at, committed_pieces& pieces, const std::optional<stream_bounds>& held
) {
    object_check check;
    const committed_object* current = nullptr;
    while (const auto piece = co_await pieces.next()) {
        const committed_object& object = piece->object;
        if (&object != current) {
            current = &object;
            check = object_check();
            const bool both = held && object.first >= held->first && object.next <= held->end;
            if (both) check.stream.emplace(*at.against, at.format, object.first, object.next);
        }
        auto checked = co_await check_piece(at, *piece, check);
        if (!checked) co_return checked.error();
    }
    co_return result<void>();
}

task<void> check_while_reading(
    verification& at,
    committed_pieces& pieces,
    const std::optional<stream_bounds>& held,
    task_group& group,
    result<void>& end
) {
    group.spawn([&pieces, &group] { return pieces.read_all(group); });
    end = co_await check_objects(at, pieces, held);
    if (!end) group.cancel();
}

/// The pieces' CRCs must make up the object's; known without reading a byte.
void check_sums(verification& at, const std::vector<committed_object>& objects) {
    for (const committed_object& object : objects) {
        if (crc_of_pieces(object) != object.crc64nvme)
            at.problem(
                object_text(at, object) + ": the checksums of its pieces do not make up its own"
            );
    }
}

task<result<std::optional<stream_bounds>>>
bounds_of(verification& at, std::uint32_t partition, const std::vector<committed_object>& objects) {
    if (!at.against) co_return std::optional<stream_bounds>();
    auto bounds = co_await at.against->bounds(partition);
    if (!bounds) co_return bounds.error();
    const position exported = objects.empty() ? bounds->first : objects.back().next;
    if (exported < bounds->end)
        at.report.pending.push_back(
            "events " + to_string(exported) + " up to " + to_string(bounds->end) +
            " of the stream are not exported"
        );
    if (objects.empty()) co_return std::optional<stream_bounds>();
    if (objects.front().first < bounds->first)
        at.problem(
            "events " + to_string(objects.front().first) + " up to " + to_string(bounds->first) +
            " are no longer in the stream: objects that hold some of them were not compared"
        );
    if (bounds->end < objects.back().next)
        at.problem(
            object_text(at, objects.back()) + ": ends at " + to_string(objects.back().next) +
            ", the stream at " + to_string(bounds->end)
        );
    co_return std::optional<stream_bounds>(*bounds);
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

/// Pages are made of commits, and can be made again: nothing depends on them.
task<result<void>> check_pages(verification& at, std::uint32_t partition, const commit_log& log) {
    for (std::size_t n = 0; n < log.thousands.size(); ++n) {
        const std::uint64_t first = n * commits_per_page;
        const std::uint64_t crc = log.thousands[n];
        auto page = co_await look_at_page(at.store, at.where, partition, first, crc, at.by);
        if (!page) co_return page.error();
        if (*page == page_standing::good) continue;
        const std::string how = *page == page_standing::missing ? "missing" : "damaged";
        at.report.notes.push_back(
            "s3://" + at.where.bucket + "/" + page_key(at.where.folder, partition, first) + ": " +
            how + "; the commits themselves are read, and `sluice repair` makes the page anew"
        );
    }
    co_return result<void>();
}

task<result<void>> verify_partition(verification& at, std::uint32_t partition) {
    auto log = co_await fetch_commit_log(at.store, at.where, partition, at.by);
    if (!log) {
        if (log.error().code != engine_errc::damaged_object) co_return log.error();
        at.problem(describe(log.error()));
        co_return result<void>();
    }
    auto pages = co_await check_pages(at, partition, *log);
    if (!pages) co_return pages.error();
    const std::vector<commit>* commits = &log->commits;
    at.report.commits += commits->size();
    at.values.reset();
    const std::vector<committed_object> objects = objects_in_force(*commits);
    for (const std::string& hole : holes_in(*commits, objects))
        at.problem("partition " + std::to_string(partition) + ": " + hole);
    check_sums(at, objects);
    auto held = co_await bounds_of(at, partition, objects);
    if (!held) co_return held.error();

    committed_pieces pieces(at.on, at.store, at.where, objects, at.memory / 2, at.by);
    result<void> end;
    const std::function<task<void>(task_group&)> body = [&](task_group& group) {
        return check_while_reading(at, pieces, *held, group, end);
    };
    co_await with_task_group(at.on, body);
    if (!end) co_return end;
    auto strays = co_await find_strays(at, partition, *commits);
    co_return strays;
}

} // namespace

task<result<verify_report>> verify_export(
    s3::object_store& store,
    const export_folder& where,
    reader* against,
    std::uint64_t memory,
    deadline by,
    std::function<void(std::uint64_t bytes)> progressed
) {
    auto known = known_encoding(where.document.format, where.document.codec);
    if (!known) co_return known.error();
    if (against && against->description().incarnation != where.document.incarnation) {
        failure other;
        other.code = engine_errc::other_incarnation;
        other.where = "s3://" + where.bucket + "/" + where.folder + ": is of incarnation " +
                      where.document.incarnation + ", stream " + against->description().name +
                      " is of " + against->description().incarnation;
        co_return other;
    }
    const any_io_executor on = co_await boost::asio::this_coro::executor;
    verification at{
        on,
        store,
        where,
        against,
        memory,
        by,
        std::move(progressed),
        verify_report(),
        known->format};
    for (std::uint32_t n = 0; n < where.document.partitions; ++n) {
        auto verified = co_await verify_partition(at, n);
        if (!verified) co_return verified.error();
    }
    co_return std::move(at.report);
}

} // namespace sluice
