// s3client: a call is tries, with repairs and pauses between them. No connection is held here.
#include "../core/addressing.hpp"
#include "../core/http_head.hpp"
#include "../core/redaction.hpp"
#include "client_impl.hpp"

#include <sluice/base/sleep.hpp>
#include <sluice/s3/error.hpp>

#include <utility>

namespace sluice::s3 {

namespace {

bool keeps_secrets(const endpoint& where) {
    return where.tls || is_loopback(where.host);
}

/// Takes the checksum out of a call; false when it carried none.
bool strip_checksum(call& c) {
    const bool md5 = c.sum.algorithm == checksum::kind::md5 || c.compute == checksum::kind::md5;
    const auto is_checksum = [](const header& each) {
        return each.name.starts_with("x-amz-checksum-") || each.name.starts_with("x-amz-sdk-");
    };
    bool carried = std::erase_if(c.what.headers, is_checksum) > 0;
    carried = carried || (c.compute != checksum::kind::none && !md5);
    if (!md5) {
        c.sum = checksum();
        c.compute = checksum::kind::none;
    }
    return carried;
}

failure open_wire(const call& c) {
    failure why;
    why.code = s3_errc::unsafe_input;
    why.where = c.what.where + ": a customer key is sent over TLS only (use https://)";
    return why;
}

} // namespace

task<result<answer>> client_impl::perform(call& c, deadline by) {
    if (c.what.carries_secret && !keeps_secrets(options_.where)) co_return open_wire(c);
    attempts tries(options_.limits.retries, budget_of(c.what.bucket), c.unclear);
    bool fresh = false, again = false;
    while (true) {
        try_account account;
        account.fresh_connection = fresh;
        if (c.progress != nullptr && std::exchange(again, true)) ask_for_the_rest(c);
        auto outcome = co_await try_once(c, account, by);
        if (outcome) {
            tries.succeeded();
            options_.to_server->answered(false);
            co_return std::move(*outcome);
        }
        failure why = named(std::move(outcome.error().why), c);
        if (account.of_caller) co_return why;
        const bool slow_down = classify(why) == failure_class::throttle;
        if (slow_down) ++stats_.throttled;
        if (account.answer_begun) options_.to_server->answered(slow_down);
        if (c.sum_is_wrong && why.code == s3_errc::bad_digest) co_return why;
        if (c.progress != nullptr) c.progress->interrupted();
        if (why.code == s3_errc::expired_token) {
            const auto renewed = co_await renew_credentials(tries, account, by);
            if (!renewed) co_return named(renewed.error(), c);
            if (*renewed) {
                ++stats_.retries;
                continue;
            }
        }
        if (account.too_late) {
            c.asked_again = fresh = true;
            ++stats_.retries;
            continue;
        }
        fresh = may_repeat_at_once(
                    account.was_idle, account.answer_begun, tries.was_repeated(), c.safe_to_repeat
                ) &&
                why.code == s3_errc::connection_lost && tries.repeat_on_fresh_connection();
        if (why.code == s3_errc::wrong_region && account.region.empty() && tries.ask_region())
            account.region = co_await ask_region(c, by);
        const bool odd_range = why.code == s3_errc::unexpected_range && tries.ask_range_again();
        if (fresh || odd_range || repair(tries, c, why, account)) {
            ++stats_.retries;
            continue;
        }
        std::uniform_real_distribution<double> jitter(0.0, 1.0);
        const auto pause = tries.after(why, jitter(random_), account.hint);
        if (!pause || by.earliest(*pause).when() == by.when()) co_return why;
        note_retry(why, *pause);
        co_await sleep_for(*pause, by);
    }
}

/// A GET asks for what is missing, which changes from try to try.
void client_impl::ask_for_the_rest(call& c) const {
    auto next = build_get(c.progress->next_request(), asks_for_sums());
    if (next) c.what.headers = std::move(next->headers);
}

/// The region of the call's bucket, as its HEAD tells: answers to other requests may keep silent.
/// Empty: nobody says.
task<std::string> client_impl::ask_region(const call& c, deadline by) {
    auto made = build_head_bucket(c.what.bucket);
    if (!made || (c.what.method == "HEAD" && c.what.key.empty())) co_return std::string();
    call asked(std::move(*made));
    try_account account;
    const auto outcome = co_await try_once(asked, account, by);
    if (outcome) co_return read_region(*outcome);
    co_return account.region;
}

/// What can be put right at once: the region of the bucket, the difference of the clocks, a
/// signature that has become old or was altered on its way (the next try is signed anew), a header
/// that the store does not take.
bool client_impl::repair(attempts& tries, call& c, const failure& why, const try_account& last) {
    if (last.blames_checksum) return drop_checksum(c, why);
    if (why.code == s3_errc::wrong_region && !last.region.empty()) {
        if (last.region == endpoint_of(c.what.bucket).region) return false;
        if (!tries.repair_region()) return false;
        other_place there{in_region(options_.where, last.region), nullptr};
        there.budget = budget_at(there.where);
        tries.turn_to(there.budget);
        elsewhere_[c.what.bucket] = std::move(there);
        return true;
    }
    if (why.code == s3_errc::request_time_too_skewed && last.server_time)
        return tries.repair_clock() && adopt_server_time(last);
    if (why.code == s3_errc::invalid_credentials &&
        why.peer_text.starts_with("SignatureDoesNotMatch"))
        return tries.repair_signature();
    return false;
}

/// A store that refuses the header gets none from now on, and bodies that are signed instead. Each
/// call can be stripped once: what is refused again is refused for another reason.
bool client_impl::drop_checksum(call& c, const failure& why) {
    if (!strip_checksum(c)) return false;
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
    const auto skew = *last.server_time - now;
    constexpr std::chrono::hours most{24};
    if (!options_.where.tls && (skew > most || skew < -most)) return false;
    skew_ = skew;
    if (options_.log != nullptr)
        options_.log->write(
            log_level::warning, "the clocks of store and machine differ: corrected"
        );
    return true;
}

failure client_impl::named(failure why, const call& c) const {
    const placed_request place =
        place_request(endpoint_of(c.what.bucket), c.what.bucket, c.what.key);
    std::string where = c.what.where + " at " + to_string(place.server);
    if (!why.where.empty()) where += ": " + why.where;
    why.where = std::move(where);
    for (const std::string& secret : {options_.who.secret_key, options_.who.session_token})
        redact(why.peer_text, secret);
    for (const header& each : c.what.headers)
        if (each.name.ends_with("-customer-key")) redact(why.peer_text, each.value);
    return why;
}

void client_impl::note_retry(const failure& why, std::chrono::milliseconds pause) {
    ++stats_.retries;
    if (options_.log == nullptr) return;
    const log_field field{"pause_ms", std::to_string(pause.count())};
    options_.log->write(log_level::info, "trying again: " + describe(why), &field, 1);
}

} // namespace sluice::s3
