// s3client: a call is tries, with repairs and pauses between them. No connection is held here.
#include "../core/addressing.hpp"
#include "../core/http_head.hpp"
#include "../core/redaction.hpp"
#include "../core/trait_headers.hpp"
#include "client_impl.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/s3/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/assert.hpp>
#include <boost/system/system_error.hpp>

#include <tuple>
#include <utility>

namespace sluice::s3 {

namespace {

bool keeps_secrets(const endpoint& where) {
    return where.tls || is_loopback(where.host);
}

failure open_wire(call& c) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = c.what().where() + ": a customer key is sent over TLS only (use https://)";
    return why;
}

failure cancelled() {
    failure why;
    why.code = boost::asio::error::operation_aborted;
    return why;
}

} // namespace

result<void> call::build() {
    auto room = rooms_->take();
    if (!room) room = std::make_unique<request>();
    result<request> made = failure();
    if (const get_request* const get = wanted()) {
        if (data) made = build_get(data->progress.next_request(), with_sums_);
        if (!made) made = build_get(*get, with_sums_, std::move(*room));
    } else if (const auto* const put = std::get_if<const put_request*>(&asked_)) {
        made = build_put(**put, with_sums_, std::move(*room));
    } else {
        const auto* const part = std::get<const upload_part_request*>(asked_);
        made = build_upload_part(*part, with_sums_, std::move(*room));
    }
    if (!made) return made.error();
    *room = std::move(*made);
    made_ = std::move(room);
    if (terms != nullptr) add_missing_terms(*made_, *terms);
    return result<void>();
}

request& call::what() {
    if (!made_) {
        const auto again = build();
        BOOST_ASSERT(again); // it could be built before
    }
    return *made_;
}

void call::leave_request() {
    if (rooms_ != nullptr && made_ && !made_->carries_secret) rooms_->give(std::move(made_));
}

const get_request* call::wanted() const {
    const auto* const get = std::get_if<const get_request*>(&asked_);
    return get == nullptr ? nullptr : *get;
}

const std::string& call::bucket() const {
    if (const auto* const put = std::get_if<const put_request*>(&asked_)) return (*put)->bucket;
    if (const auto* const part = std::get_if<const upload_part_request*>(&asked_))
        return (*part)->bucket;
    return wanted() != nullptr ? wanted()->bucket : made_->bucket;
}

std::string_view call::operation() const {
    if (made_) return made_->operation;
    if (wanted() != nullptr) return "GetObject";
    return std::holds_alternative<const put_request*>(asked_) ? "PutObject" : "UploadPart";
}

bool call::strip_checksum() {
    const bool given_md5 = has_sum && sum->algorithm == checksum::kind::md5;
    const bool md5 = given_md5 || compute == checksum::kind::md5;
    const auto is_checksum = [](const header& each) {
        return each.name.starts_with("x-amz-checksum-") || each.name.starts_with("x-amz-sdk-");
    };
    bool carried = what().headers.remove_if(is_checksum) > 0;
    with_sums_ = false;
    carried = carried || (compute != checksum::kind::none && !md5);
    if (!md5) {
        if (sum != nullptr) *sum = checksum();
        has_sum = false;
        compute = checksum::kind::none;
    }
    return carried;
}

bool call::tells_cancellation() const {
    const auto wants = [](const auto* asked) { return asked->tells_cancellation; };
    if (const auto* const put = std::get_if<const put_request*>(&asked_)) return wants(*put);
    if (const auto* const part = std::get_if<const upload_part_request*>(&asked_))
        return wants(*part);
    return wanted() != nullptr && wants(wanted());
}

failure call::failed() {
    if (was_cancelled && !tells_cancellation())
        throw boost::system::system_error(why->code, std::string(operation()));
    return *why;
}

/// False: the call tells why. Operations of which thousands may wait do the same themselves: while
/// an answer is waited for, their frame is all there is. What sends a request, and what reads an
/// answer, exists only meanwhile. (A frame has room for each await by itself: so there are two.)
task<bool> client_impl::perform(call& c, deadline by) {
    begin(c);
    while (c.goes_on()) {
        if (c.step == call_step::park) {
            parked_wait waiting = wait_of(c);
            const auto late = co_await std::move(waiting);
            after_wait(c, std::get<error_code>(late), by);
        } else {
            task<bool> work = start(c, by);
            after(c, co_await std::move(work));
        }
    }
    co_return c.has_worked();
}

void client_impl::begin(call& c) {
    if (may_be_sent(c))
        begin_try(c);
    else
        c.step = call_step::failed;
}

bool client_impl::may_be_sent(call& c) {
    if (c.carries_secret() && !keeps_secrets(options_.where)) {
        c.why = std::make_unique<failure>(open_wire(c));
        return false;
    }
    const request_terms& terms = options_.terms;
    if (terms.requester_pays || !terms.expected_owner.empty()) {
        c.terms = &terms;
        add_missing_terms(c.what(), terms);
    }
    return true;
}

void client_impl::begin_try(call& c) {
    c.now = try_account();
    c.why.reset();
    c.now.fresh_connection = std::exchange(c.wants_fresh, false);
    c.step = call_step::ask;
}

/// What the next step needs a coroutine for.
task<bool> client_impl::start(call& c, deadline by) {
    switch (c.step) {
    case call_step::ask:
        return ask(c, c.now, by);
    case call_step::wait:
        return wait_for_answer(c, by);
    case call_step::read:
        return read_data(c, c.now, by);
    case call_step::take:
        return take_answer(c, c.now, c.here, by);
    default:
        return go_on(c, by);
    }
}

void client_impl::after(call& c, bool good) {
    if (c.step == call_step::ask && good) return look_for_answer(c);
    if (c.step == call_step::wait) return look_for_answer(c);
    if (c.step != call_step::go_on) return end_try(c, good);
    if (good)
        begin_try(c);
    else
        c.step = call_step::failed;
}

void client_impl::look_for_answer(call& c) {
    connection& over = *c.now.lent;
    if (!over.answer_comes()) {
        c.leave_request();
        c.step = over.parks() != nullptr ? call_step::park : call_step::wait;
        return;
    }
    c.here = take_answer_at_once(c, c.now);
    if (c.here == answer_step::good || c.here == answer_step::failed)
        end_try(c, c.here == answer_step::good);
    else
        c.step = c.here == answer_step::data ? call_step::read : call_step::take;
}

parked_wait client_impl::wait_of(call& c) {
    connection& over = *c.now.lent;
    return {*over.parks(), over.answer_needs(), c.now.answer_by};
}

void client_impl::after_wait(call& c, error_code late, deadline by) {
    if (late == boost::asio::error::operation_aborted) {
        c.was_cancelled = true;
        c.why = std::make_unique<failure>(cancelled());
        c.now.lent = connection_pool::lease();
        c.step = call_step::failed;
        return;
    }
    take_late(c, late, by);
    look_for_answer(c);
}

task<bool> client_impl::wait_for_answer(call& c, deadline by) {
    const error_code late = co_await c.now.lent->wait_for_answer(c.now.answer_by);
    take_late(c, late, by);
    co_return true;
}

void client_impl::take_late(call& c, error_code late, deadline by) {
    if (late && !(late == boost::asio::error::timed_out && stays_patient(c, c.now, by)))
        c.now.lent->stop_waiting(late);
}

void client_impl::end_try(call& c, bool good) {
    c.now.lent = connection_pool::lease();
    c.step = good ? call_step::succeeded : call_step::go_on;
    if (!good) return;
    if (c.tries)
        c.tries->succeeded();
    else
        budget_of(c.bucket())->give(1);
    options_.to_server->answered(false);
}

/// After a try that failed: repairs what can be, and waits as long as is right. False: the failure
/// is the call's.
task<bool> client_impl::go_on(call& c, deadline by) {
    if (!c.tries)
        c.tries =
            std::make_unique<attempts>(options_.limits.retries, budget_of(c.bucket()), c.unclear);
    attempts& tries = *c.tries;
    try_account& last = c.now;
    const bool of_caller = last.why->of_caller;
    const auto name = of_caller ? &client_impl::named_of_caller : &client_impl::named;
    c.why = std::make_unique<failure>((this->*name)(std::move(last.why->why), c));
    const failure& why = *c.why;
    if (of_caller) co_return false;
    const bool slow_down = classify(why) == failure_class::throttle;
    if (slow_down) ++stats_.throttled;
    if (last.answer_begun) options_.to_server->answered(slow_down);
    if (c.sum_is_wrong && why.code == s3_errc::bad_digest) co_return false;
    if (c.data) c.data->progress.interrupted();
    c.ask_for_the_rest();
    if (why.code == s3_errc::expired_token) {
        const auto renewed = co_await renew_credentials(tries, last, by);
        if (!renewed) *c.why = named(renewed.error(), c);
        if (!renewed) co_return false;
        if (*renewed) {
            ++stats_.retries;
            co_return true;
        }
    }
    if (last.too_late) {
        c.asked_again = c.wants_fresh = true;
        ++stats_.retries;
        co_return true;
    }
    c.wants_fresh = may_repeat_at_once(
                        last.was_idle, last.answer_begun, tries.was_repeated(), c.safe_to_repeat
                    ) &&
                    why.code == s3_errc::connection_lost && tries.repeat_on_fresh_connection();
    if (why.code == s3_errc::wrong_region && last.verdict().region.empty() && tries.ask_region()) {
        auto region = co_await ask_region(c, by);
        if (!last.told) last.told = std::make_unique<try_verdict>();
        last.told->region = std::move(region);
    }
    const bool odd_range = why.code == s3_errc::unexpected_range && tries.ask_range_again();
    if (c.wants_fresh || odd_range || repair(tries, c, why, last)) {
        ++stats_.retries;
        co_return true;
    }
    std::uniform_real_distribution<double> jitter(0.0, 1.0);
    const auto pause = tries.after(why, jitter(random_), last.verdict().hint, last.has_connection);
    if (!pause || by.earliest(*pause).when() == by.when()) co_return false;
    note_retry(why, *pause);
    co_await sleep_for(*pause, by);
    co_return true;
}

/// The region of the call's bucket, as its HEAD tells: answers to other requests may keep silent.
/// Empty: nobody says.
task<std::string> client_impl::ask_region(call& c, deadline by) {
    call asked(build_head_bucket(c.bucket()));
    if (asked.why || (c.what().method == "HEAD" && c.what().key.empty())) co_return std::string();
    try_account& account = asked.now;
    std::string region;
    asked.examine = [&region](const answer& good) {
        region = read_region(good);
        return result<void>();
    };
    if (co_await ask(asked, account, by))
        co_await take_answer(asked, account, answer_step::head, by);
    if (region.empty()) region = account.verdict().region;
    co_return std::move(region);
}

/// What can be put right at once: the region of the bucket, the difference of the clocks, a
/// signature that has become old or was altered on its way (the next try is signed anew), a header
/// that the store does not take.
bool client_impl::repair(attempts& tries, call& c, const failure& why, const try_account& last) {
    const try_verdict& told = last.verdict();
    if (told.blames_checksum) return drop_checksum(c, why);
    if (why.code == s3_errc::wrong_region && !told.region.empty()) {
        if (told.region == endpoint_of(c.bucket()).region) return false;
        if (!tries.repair_region()) return false;
        other_place there{in_region(options_.where, told.region), nullptr};
        there.budget = budget_at(there.where);
        tries.turn_to(there.budget);
        elsewhere_[c.bucket()] = std::move(there);
        return true;
    }
    if (why.code == s3_errc::request_time_too_skewed && told.server_time)
        return tries.repair_clock() && adopt_server_time(last);
    if (why.code == s3_errc::invalid_credentials &&
        why.peer_text.starts_with("SignatureDoesNotMatch"))
        return tries.repair_signature();
    return false;
}

/// A store that refuses the header gets none from now on, and bodies that are signed instead. Each
/// call can be stripped once: what is refused again is refused for another reason.
bool client_impl::drop_checksum(call& c, const failure& why) {
    if (!c.strip_checksum()) return false;
    if (options_.send_checksums && options_.log != nullptr)
        options_.log->write(
            log_level::warning,
            "the store takes no checksum headers: none are sent from now on (" + describe(why) + ")"
        );
    options_.send_checksums = false;
    checksums_refused_ = true;
    return true;
}

/// Somebody may have put new ones where these came from. The same ones again are no repair, unless
/// another call has adopted them since this try was signed. A failure: there are no newer ones.
task<result<bool>>
client_impl::renew_credentials(attempts& tries, const try_account& last, deadline by) {
    if (!keeper_ || last.identity == 0 || !tries.repair_credentials()) co_return false;
    keeper_->rejected(last.identity);
    const auto ready = co_await get_ready_to_sign(by);
    if (!ready) {
        failure why = ready.error();
        why.where = "the store says that the credentials have expired, and there are no newer "
                    "ones: " +
                    why.where;
        co_return why;
    }
    co_return identity_ != last.identity;
}

/// Before every try: credentials that are good now, however long the client has slept.
bool client_impl::is_ready_to_sign() const {
    return !keeper_ || (keeper_->is_good() && identity_ == keeper_->number());
}

task<result<void>> client_impl::get_ready_to_sign(deadline by) {
    const auto ready = co_await keeper_->ensure(by);
    if (!ready) co_return ready.error();
    if (identity_ == keeper_->number()) co_return result<void>();
    for (const std::string* each : {&keeper_->who().access_key, &keeper_->who().session_token}) {
        if (is_header_safe(*each)) continue;
        failure why;
        why.code = s3_errc::unsafe_input;
        why.where = "control bytes in the credentials";
        co_return why;
    }
    identity_ = keeper_->number();
    options_.who = keeper_->who();
    signer_ = signer(options_.who);
    if (options_.learn_region && !keeper_->region().empty()) {
        options_.where = in_region(options_.where, keeper_->region());
        budget_ = budget_at(options_.where);
        options_.learn_region = false;
    }
    co_return result<void>();
}

/// Over plain HTTP anybody could tell us a time: only a day to either side is believed there.
bool client_impl::adopt_server_time(const try_account& last) {
    const auto now = std::chrono::floor<std::chrono::seconds>(now_by(options_.clock));
    const auto skew = *last.verdict().server_time - now;
    constexpr std::chrono::hours most{24};
    if (!options_.where.tls && (skew > most || skew < -most)) return false;
    skew_ = skew;
    if (options_.log != nullptr)
        options_.log->write(
            log_level::warning, "the clocks of store and machine differ: corrected"
        );
    return true;
}

failure client_impl::named(failure why, call& c) const {
    const placed_request place = place_request(endpoint_of(c.bucket()), c.bucket(), c.what().key);
    std::string where = c.what().where() + " at " + to_string(place.server);
    if (!why.where.empty()) where += ": " + why.where;
    why.where = std::move(where);
    for (const std::string& secret : {options_.who.secret_key, options_.who.session_token})
        redact(why.peer_text, secret);
    for (const header each : c.what().headers)
        if (each.name.ends_with("-customer-key")) redact(why.peer_text, std::string(each.value));
    return why;
}

/// What its source or sink says comes first: the request itself is not what failed.
failure client_impl::named_of_caller(failure why, call& c) const {
    const failure request = named(failure(), c);
    why.where += why.where.empty() ? request.where : " (during " + request.where + ")";
    return why;
}

void client_impl::note_retry(const failure& why, std::chrono::milliseconds pause) {
    ++stats_.retries;
    if (options_.log == nullptr) return;
    const log_field field{"pause_ms", std::to_string(pause.count())};
    options_.log->write(log_level::info, "trying again: " + describe(why), &field, 1);
}

} // namespace sluice::s3
