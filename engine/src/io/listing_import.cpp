// engine: an import of objects that nobody committed: what a listing shows, one after the other.
#include "listing_import.hpp"

#include "../core/foreign_reader.hpp"
#include "../core/left_out.hpp"
#include "../core/listing_order.hpp"
#include "../core/rate_meter.hpp"
#include "reserved_stream.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr std::uint64_t foreign_range_bytes = std::uint64_t{8} << 20;
/// Events that wait are appended when they are this much: one sync for all of them.
constexpr std::size_t append_foreign_together = std::size_t{8} << 20;
constexpr std::uint32_t the_partition = 0;

failure listing_failure(boost::system::error_code code, std::string where) {
    failure why;
    why.code = code;
    why.where = std::move(where);
    return why;
}

/// One object on its way into the stream.
struct object_under_way {
    const foreign_object& what;
    std::optional<batch_builder> events;
    std::unique_ptr<foreign_reader> reader; ///< none before its first bytes are there
    std::uint64_t begun = 0;                ///< events of it in appends, also one that is open
    std::uint64_t at = 0;                   ///< bytes of it that were read
    bool bad = false; ///< what failed is the object: it may be left out, and the import go on
};

class listing_import final : public transfer_work {
  public:
    listing_import(
        transfer::state& shared,
        const import_spec& spec,
        bucket_address from,
        std::unique_ptr<s3::client> client,
        log_store streams,
        std::string stream
    )
        : run_(shared.run),
          options_(*spec.listing),
          event_bytes_(spec.event_bytes),
          address_(std::move(from)),
          prefix_(address_.prefix.empty() ? "" : address_.prefix + "/"),
          client_(std::move(client)),
          streams_(std::move(streams)),
          stream_(std::move(stream)),
          patient_(spec.rules.retry_for) {
        seen_.target = to_string(address_);
        seen_.state = "running";
    }

    task<void> work() override;
    void close() override { closed_ = true; }
    progress look(double seconds) override;
    std::optional<failure> outcome() const override { return outcome_; }
    side outcome_side() const override { return side_; }

  private:
    task<result<void>> import_all();
    task<result<void>> open_target();
    task<result<void>> recall();
    task<result<std::vector<foreign_object>>> list_all();
    task<result<void>> import_object(const foreign_object& what);
    task<result<void>> read_object(object_under_way& at);
    task<result<bytes_view>> fetch(const object_under_way& at, s3::memory_sink& into);
    task<result<void>> decode(object_under_way& at);
    task<result<void>> append_ready(object_under_way& at, bool at_end);
    result<void> begin_reading(object_under_way& at, bytes_view start);
    task<result<listing_plan>> plan_rest(std::vector<foreign_object> listed);
    task<result<void>> leave_out(std::string why);
    result<void> tell_missing(const listing_plan& plan) const;
    failure of_another_shard(listing_shard filled_from) const;
    failure in_object(object_under_way& at, failure why) const;
    std::string address_of(const foreign_object& what) const {
        return "s3://" + address_.bucket + "/" + what.key;
    }

    transfer_run& run_;
    listing_options options_;
    std::size_t event_bytes_;
    bucket_address address_;
    std::string prefix_; ///< what the keys begin with: whole names only
    std::unique_ptr<s3::client> client_;
    log_store streams_;
    std::string stream_;
    patience patient_;
    target_progress seen_;
    std::unique_ptr<writer> writer_;
    listing_progress reached_;
    std::uint64_t all_bytes_ = 0, done_bytes_ = 0;
    rate_meter rate_;
    bool closed_ = false;
    std::optional<failure> outcome_;
    side side_ = side::neither;
};

task<void> listing_import::work() {
    auto ended = co_await import_all();
    if (writer_) {
        auto closed = co_await writer_->close();
        if (!closed && ended) {
            ended = closed.error();
            side_ = side::destination;
        }
    }
    seen_.state = "completed";
    if (ended) co_return;
    outcome_ = ended.error();
    const bool paused = outcome_->code == engine_errc::paused;
    seen_.state = paused ? "paused" : "failed";
    if (!paused) seen_.last_error = describe(*outcome_);
}

task<result<void>> listing_import::import_all() {
    side_ = side::source;
    auto listed = co_await list_all();
    if (!listed) co_return listed.error();
    side_ = side::destination;
    auto opened = co_await open_target();
    if (!opened) co_return opened.error();
    auto recalled = co_await recall();
    if (!recalled) co_return recalled.error();
    side_ = side::source;
    auto plan = co_await plan_rest(std::move(*listed));
    if (!plan) co_return plan.error();
    run_.log.write(
        log_level::warning,
        to_string(address_) +
            ": no commits tell checksums; whether an object is whole is known only at its end"
    );
    for (const foreign_object& each : plan->objects)
        all_bytes_ += each.size;
    for (const foreign_object& each : plan->objects) {
        auto imported = co_await import_object(each);
        if (!imported) co_return imported.error();
        ++seen_.objects;
    }
    co_return tell_missing(*plan);
}

/// An object in which the import stopped, and that is gone or another one, may be left out.
task<result<listing_plan>> listing_import::plan_rest(std::vector<foreign_object> listed) {
    auto plan = plan_listing(listed, reached_);
    if (plan || !run_.rules.skip_bad) co_return plan;
    auto left = co_await leave_out(plan.error().where);
    if (!left) co_return left.error();
    co_return plan_listing(std::move(listed), reached_);
}

/// The rest of the object come to last is not imported, nor is it read another time.
task<result<void>> listing_import::leave_out(std::string why) {
    if (writer_->tail(the_partition).end.offset != 0) {
        auto given_up = co_await writer_->abandon_open_event(the_partition);
        if (!given_up) co_return given_up;
    }
    reached_.done = true;
    ++reached_.left_out;
    append_step step;
    step.batch.first = step.batch.next = writer_->tail(the_partition).end;
    step.progress = encode_listing_progress(reached_);
    std::vector<append_step> steps;
    steps.push_back(std::move(step));
    auto appended = co_await writer_->append(the_partition, steps);
    if (appended)
        seen_.left_out.push_back(std::move(why));
    else
        side_ = side::destination;
    co_return appended;
}

task<result<std::vector<foreign_object>>> listing_import::list_all() {
    std::vector<foreign_object> found;
    bool any = false;
    s3::list_request request;
    request.bucket = address_.bucket;
    request.prefix = prefix_;
    auto list = [this, &request] { return client_->list(request, deadline::never()); };
    do {
        auto page = co_await persistently(run_, patient_, seen_.last_error, list);
        if (!page) co_return page.error();
        for (const s3::listed_object& each : page->objects) {
            if (!is_data_object(prefix_, each.key, each.size)) continue;
            any = true;
            if (!in_shard(each.key.substr(prefix_.size()), options_.shard)) continue;
            found.push_back(foreign_object{each.key, each.etag, each.last_modified, each.size});
        }
        request.token = page->next_token;
    } while (!request.token.empty());
    if (!any)
        co_return listing_failure(
            engine_errc::no_export_here,
            "no object below s3://" + address_.bucket + "/" + prefix_ +
                " that can be imported; names that begin with _ or . are passed over"
        );
    co_return std::move(found);
}

task<result<void>> listing_import::open_target() {
    auto opened = co_await open_reserved_stream(streams_, stream_, run_.name, 1);
    if (!opened) co_return opened.error();
    writer_ = std::move(*opened);
    if (writer_->description().partitions == 1) co_return result<void>();
    co_return listing_failure(
        engine_errc::usage,
        "stream " + stream_ +
            " has several partitions, an import by listing fills one; import "
            "into a stream that does not exist yet"
    );
}

failure listing_import::of_another_shard(listing_shard filled_from) const {
    const std::string shard = to_string(filled_from);
    std::string how = "is filled from all shards; give no --shard, or import into another stream";
    if (filled_from.of > 0)
        how = "is filled from shard " + shard + "; give --shard " + shard +
              ", or import into another stream";
    return listing_failure(engine_errc::usage, "stream " + stream_ + ": " + how);
}

/// Where the import stands, by the writer's own word. An event that is open began in an object that
/// is read again: it is given up, and comes whole behind that.
task<result<void>> listing_import::recall() {
    const partition_tail tail = writer_->tail(the_partition);
    reached_.bucket = address_.bucket;
    reached_.prefix = prefix_;
    reached_.sort = options_.sort;
    reached_.shard = options_.shard;
    if (tail.last_progress.empty() && tail.end != position{the_partition, 0, 0})
        co_return listing_failure(
            engine_errc::other_incarnation,
            "stream " + stream_ + " holds events that no import brought; import into another stream"
        );
    if (tail.last_progress.empty()) co_return result<void>();
    auto last = decode_listing_progress(tail.last_progress);
    if (!last) co_return last.error();
    if (last->bucket != reached_.bucket || last->prefix != reached_.prefix)
        co_return listing_failure(
            engine_errc::other_incarnation,
            "stream " + stream_ + ": was filled from s3://" + last->bucket + "/" + last->prefix +
                ", not from s3://" + reached_.bucket + "/" + reached_.prefix +
                "; import into another stream"
        );
    if (last->sort != options_.sort)
        co_return listing_failure(
            engine_errc::usage,
            "stream " + stream_ + ": is filled in another order; give the same --sort as before"
        );
    if (last->shard != options_.shard) co_return of_another_shard(last->shard);
    reached_ = std::move(*last);
    if (tail.end.offset == 0) co_return result<void>();
    auto given_up = co_await writer_->abandon_open_event(the_partition);
    co_return given_up;
}

task<result<void>> listing_import::import_object(const foreign_object& what) {
    const bool goes_on = !reached_.done && reached_.object.key == what.key;
    if (!goes_on) {
        reached_.object = what;
        reached_.events = 0;
        reached_.done = false;
        ++reached_.objects;
        reached_.newest = std::max(reached_.newest, what.modified);
    }
    object_under_way at{what, std::nullopt, nullptr, reached_.events, 0};
    at.events.emplace(writer_->tail(the_partition).end);
    auto read = co_await read_object(at);
    if (!read) {
        // What was decoded before the failure is good, and the place that is told lies behind it.
        auto kept = co_await append_ready(at, false);
        if (!kept) co_return kept;
        if (!at.bad || !run_.rules.skip_bad) co_return read;
        auto left = co_await leave_out(read.error().where);
        co_return left;
    }
    auto appended = co_await append_ready(at, true);
    co_return appended;
}

task<result<void>> listing_import::read_object(object_under_way& at) {
    while (at.at < at.what.size) {
        if (closed_ || run_.control.stopping()) co_return listing_failure(engine_errc::paused, "");
        s3::memory_sink room(foreign_range_bytes);
        auto bytes = co_await fetch(at, room);
        if (!bytes) {
            at.bad = bytes.error().code == engine_errc::damaged_object;
            co_return bytes.error();
        }
        auto begun = begin_reading(at, *bytes);
        if (!begun) co_return in_object(at, begun.error());
        at.reader->give(*bytes);
        auto decoded = co_await decode(at);
        if (!decoded) co_return decoded.error();
        at.at += bytes->size();
        seen_.bytes += bytes->size();
        done_bytes_ += bytes->size();
        ++seen_.parts;
    }
    if (!at.reader) co_return result<void>(); // it has no bytes, and no events
    auto ended = at.reader->finish();
    if (!ended) co_return in_object(at, ended.error());
    co_return ended;
}

task<result<bytes_view>> listing_import::fetch(const object_under_way& at, s3::memory_sink& into) {
    s3::get_request request;
    request.bucket = address_.bucket;
    request.key = at.what.key;
    request.if_match = at.what.etag;
    s3::byte_range range;
    range.first = at.at;
    range.size = std::min(foreign_range_bytes, at.what.size - at.at);
    request.range = range;
    auto get = [this, &request, &into] { return client_->get(request, into, deadline::never()); };
    auto got = co_await persistently(run_, patient_, seen_.last_error, get);
    if (got && into.bytes().size() == range.size) co_return into.bytes();
    const boost::system::error_code code = got ? boost::system::error_code() : got.error().code;
    const bool gone = code == s3::s3_errc::no_such_key;
    const bool other = code == s3::s3_errc::changed || code == s3::s3_errc::precondition_failed ||
                       code == s3::s3_errc::invalid_range;
    if (!got && !gone && !other) co_return got.error();
    const std::string how = gone ? "is gone" : "has changed";
    co_return listing_failure(
        engine_errc::damaged_object,
        address_of(at.what) + ", byte " + std::to_string(at.at) + ": it " + how +
            " since it was listed"
    );
}

/// The first bytes tell what it is. Events that are in the stream were counted in the same format.
result<void> listing_import::begin_reading(object_under_way& at, bytes_view start) {
    if (at.reader) return result<void>();
    auto encoding = recognise(at.what.key, start, options_.format, options_.codec);
    if (!encoding) return encoding.error();
    const std::string format(name_of(encoding->format));
    const bool cut = encoding->format == foreign_format::raw;
    if (reached_.events > 0 && reached_.format != format)
        return listing_failure(
            engine_errc::usage,
            "was begun as " + reached_.format + "; give --format " + reached_.format +
                " until it is done"
        );
    if (reached_.events > 0 && cut && reached_.event_bytes != event_bytes_)
        return listing_failure(
            engine_errc::usage,
            "was begun with --event-bytes " + std::to_string(reached_.event_bytes) +
                "; give the same until it is done"
        );
    reached_.format = format;
    reached_.event_bytes = event_bytes_;
    at.reader = make_foreign_reader(*encoding, event_bytes_, reached_.events, *at.events);
    return result<void>();
}

task<result<void>> listing_import::decode(object_under_way& at) {
    while (true) {
        auto more = at.reader->read();
        if (!more) co_return in_object(at, more.error());
        const bool full = at.events->pending_bytes() >= append_foreign_together;
        if (full) {
            auto appended = co_await append_ready(at, false);
            if (!appended) co_return appended.error();
        }
        if (!*more) co_return result<void>();
    }
}

/// Each append carries how many events of the object are whole in the stream behind it.
task<result<void>> listing_import::append_ready(object_under_way& at, bool at_end) {
    const auto built = at.events->take(true);
    std::vector<append_step> steps;
    const std::uint64_t before = reached_.events;
    for (const auto& each : built) {
        append_step step;
        step.batch = each.batch;
        at.begun += each.batch.events;
        reached_.events = at.begun - (each.batch.next.offset != 0 ? 1 : 0);
        step.progress = encode_listing_progress(reached_);
        steps.push_back(std::move(step));
    }
    if (at_end) {
        reached_.done = true;
        append_step step;
        step.batch.first = step.batch.next = at.events->next();
        step.progress = encode_listing_progress(reached_);
        steps.push_back(std::move(step));
    }
    if (steps.empty()) co_return result<void>();
    auto appended = co_await writer_->append(the_partition, steps);
    if (!appended) side_ = side::destination;
    if (appended) seen_.events += reached_.events - before;
    co_return appended;
}

/// What words of the command cannot mend is the object's fault.
failure listing_import::in_object(object_under_way& at, failure why) const {
    at.bad = why.code != engine_errc::usage;
    why.where = address_of(at.what) + ": " + why.where;
    return why;
}

result<void> listing_import::tell_missing(const listing_plan& plan) const {
    std::string all;
    if (!seen_.left_out.empty())
        all = std::to_string(seen_.left_out.size()) +
              " objects were left out, as a whole or in part" + first_of(seen_.left_out);
    const std::uint64_t late = plan.late.size() + plan.late_unnamed;
    if (late > 0)
        all += (all.empty() ? "" : "; ") + std::to_string(late) +
               " objects appeared or changed before the place reached and were not imported" +
               first_of(plan.late) + "; import into another stream to have them";
    if (all.empty()) return result<void>();
    return listing_failure(engine_errc::gap, all);
}

progress listing_import::look(double seconds) {
    progress now;
    now.name = run_.name;
    now.kind = "import";
    rate_.observe(seen_.bytes, seconds);
    seen_.bytes_per_second = rate_.per_second();
    seen_.retries = client_->stats().retries;
    const auto done = static_cast<double>(done_bytes_), all = static_cast<double>(all_bytes_);
    seen_.percent = all > 0 ? std::min(100.0, 100 * done / all) : 100;
    seen_.seconds_left = seconds_left(all - done, seen_.bytes_per_second);
    now.targets.push_back(seen_);
    return now;
}

} // namespace

std::shared_ptr<transfer_work> make_listing_import(
    transfer::state& shared,
    const import_spec& spec,
    bucket_address from,
    std::unique_ptr<s3::client> client,
    log_store streams,
    std::string stream
) {
    return std::make_shared<listing_import>(
        shared, spec, std::move(from), std::move(client), std::move(streams), std::move(stream)
    );
}

} // namespace sluice
