// s3client: one try of a call: send, read the answer.
#include "client_impl.hpp"
#include "summing_sink.hpp"

#include <sluice/s3/error.hpp>

#include <algorithm>
#include <utility>

namespace sluice::s3 {

namespace {

constexpr std::size_t most_xml = 16 << 20;
constexpr std::size_t most_error = 64 << 10;
/// An answer that came early is on its way already.
constexpr std::chrono::milliseconds early_patience{1000};

wire_failure refused(failure why) {
    wire_failure wrapped;
    wrapped.why = std::move(why);
    return wrapped;
}

/// False, for a coroutine to return.
bool failed(try_account& account, wire_failure why) {
    account.why = std::make_unique<wire_failure>(std::move(why));
    return false;
}

answer_step step_failed(try_account& account, wire_failure why) {
    failed(account, std::move(why));
    return answer_step::failed;
}

} // namespace

/// Sends the request of one try. False: `account` tells why.
task<bool> client_impl::ask(call& c, try_account& account, deadline by) {
    if (!is_ready_to_sign()) {
        const auto ready = co_await get_ready_to_sign(by);
        if (!ready) co_return failed(account, refused(ready.error()));
    }
    if (c.from == nullptr) {
        prepare_own_body(c);
    } else if (!body_is_ready(c)) {
        auto prepared = co_await prepare_body(c); // may take long: before a connection is held
        if (!prepared) co_return failed(account, prepared.error());
    }
    traffic& paced = *options_.to_server;
    if (!paced.enter_at_once()) co_await paced.enter(); // before a connection is held
    place_request(endpoint_of(c.bucket()), c.bucket(), c.what().key, place_);
    if (auto idle = pool_.take_at_once(place_.server, account.fresh_connection)) {
        account.lent = std::move(*idle);
    } else {
        const server_address server = place_.server; // others write theirs meanwhile
        auto acquired = co_await pool_.acquire(server, account.fresh_connection, by);
        if (!acquired)
            co_return failed(account, wire_error(acquired.error().code, acquired.error().where));
        account.lent = std::move(*acquired);
    }
    account.has_connection = true;
    connection& over = *account.lent;
    over.obey(options_.to_server.get(), options_.in_all.get());
    if (c.from != nullptr) co_await over.pay_ahead(c.from->size());
    account.was_idle = account.lent.was_idle();
    if (!is_ready_to_sign()) { // waiting for connection and limits may have taken long
        const auto ready = co_await get_ready_to_sign(by);
        if (!ready) co_return failed(account, refused(ready.error()));
    }
    ++stats_.requests;
    account.identity = identity_;
    if (c.from == nullptr) {
        std::string head = write_head(c, over, chunked_shape()).head;
        if (!over.send_at_once(head)) {
            auto sent = co_await over.send(std::move(head), nullptr, by);
            if (!sent) co_return failed(account, sent.error());
        } else {
            over.spare().give_text(std::move(head));
        }
    } else {
        auto sent = co_await send(c, over, by);
        if (!sent) co_return failed(account, sent.error());
    }
    be_patient(c, account, by);
    co_return true;
}

/// How long the answer to what was sent just now may take to begin.
void client_impl::be_patient(const call& c, try_account& account, deadline by) {
    const client_limits& limits = options_.limits;
    const bool early = account.lent->ended_early();
    const auto patience = c.thinks_long ? limits.complete : limits.first_byte;
    const first_byte_patience* const learning = early ? nullptr : patience_of(c);
    const auto sooner = learning != nullptr ? learning->limit() : std::nullopt;
    std::chrono::milliseconds wait = early ? early_patience : patience;
    if (sooner && *sooner <= wait) {
        wait = *sooner;
        account.more_patience = patience - wait;
        account.is_hurried = true;
    }
    account.asked = deadline::clock::now();
    account.answer_by = by.earliest(wait);
}

/// Nothing has come until `answer_by`: whether to wait on, or to ask again.
bool client_impl::stays_patient(const call& c, try_account& account, deadline by) {
    if (!std::exchange(account.is_hurried, false) || by.passed()) return false;
    account.too_late = patience_of(c)->ask_again();
    if (account.too_late) return false;
    // Others have used up what may be asked again.
    account.answer_by = by.earliest(account.more_patience);
    return true;
}

/// The answer, as far as it is here: most are whole, and cost no coroutine.
answer_step client_impl::take_answer_at_once(call& c, try_account& account) {
    connection& over = *account.lent;
    auto head = over.head_at_hand(c.is_head());
    return head ? take_head(c, account, std::move(*head)) : answer_step::head;
}

/// What of the answer is still to come, from that step on. False: `account` tells why it is no
/// success.
task<bool> client_impl::take_answer(call& c, try_account& account, answer_step from, deadline by) {
    const client_limits& limits = options_.limits;
    connection& over = *account.lent;
    answer_step here = from;
    if (here == answer_step::head) {
        const auto patience = over.ended_early() ? early_patience
                              : c.thinks_long    ? limits.complete
                                                 : limits.first_byte;
        auto head = co_await over.read_head(patience, c.what().method == "HEAD", by);
        here = take_head(c, account, std::move(head));
    }
    if (here == answer_step::data) co_return co_await read_data(c, account, by);
    if (here == answer_step::text) {
        answer got;
        got.head = std::move(*account.begun);
        const bool success = is_success(got.head);
        const auto patience = c.thinks_long ? limits.complete : limits.idle;
        auto text = co_await over.read_text(success ? most_xml : most_error, patience, by);
        if (!text && success) co_return failed(account, text.error());
        if (text) got.text = std::move(*text);
        here = judge(c, account, got);
        over.spare().heads.give(std::move(got.head));
    }
    co_return here == answer_step::good;
}

answer_step client_impl::take_head(call& c, try_account& account, wire_result<response_head> head) {
    connection& over = *account.lent;
    const bool early = over.ended_early();
    account.answer_begun = over.answer_begun();
    if (!head) return step_failed(account, head.error());
    first_byte_patience* const learning = early ? nullptr : patience_of(c);
    if (learning != nullptr) learning->answered(deadline::clock::now() - account.asked);
    const bool success = is_success(*head);
    if (success && early) {
        const char* const what = "a success before the body was sent";
        return step_failed(account, wire_error(s3_errc::malformed_answer, what));
    }
    if (success && c.to != nullptr) {
        const answer_step begun = begin_data(c, account, *head);
        over.spare().heads.give(std::move(*head));
        return begun;
    }
    auto text = over.text_at_hand(success ? most_xml : most_error);
    if (!text) {
        account.begun = std::make_unique<response_head>(std::move(*head));
        return answer_step::text;
    }
    answer got;
    got.head = std::move(*head);
    got.text = std::move(*text);
    const answer_step judged = judge(c, account, got);
    over.spare().heads.give(std::move(got.head));
    return judged;
}

/// Of an answer that is whole.
answer_step client_impl::judge(call& c, try_account& account, const answer& got) {
    if (is_success(got.head)) {
        const auto encrypted =
            c.carries_secret() ? check_customer_key(c.what(), got.head) : result<void>();
        if (!encrypted) return step_failed(account, refused(encrypted.error()));
        if (!c.examine) return answer_step::good;
        auto fine = c.examine(got);
        if (fine) return answer_step::good;
        account.told = std::make_unique<try_verdict>();
        account.told->blames_checksum = blames_checksum(got, fine.error());
        return step_failed(account, refused(fine.error()));
    }
    failure why = read_failure(got, c.what().about);
    account.told = std::make_unique<try_verdict>();
    account.told->region = read_region(got);
    account.told->server_time = read_server_time(got.head);
    account.told->hint = read_retry_hint(got.head);
    account.told->blames_checksum = blames_checksum(got, why);
    if (got.head.status == 304 && (c.what().method == "GET" || c.is_head()))
        why.code = s3_errc::not_modified;
    return step_failed(account, refused(std::move(why)));
}

/// The data of a success, as far as it came with the head, into the call's sink.
answer_step client_impl::begin_data(call& c, try_account& account, const response_head& head) {
    const auto size = size_of_data(c, head);
    if (!size) return step_failed(account, size.error());
    std::uint64_t arrived = 0;
    summing_sink summed(*c.to, c.data->so_far);
    body_sink& into = c.data->is_summed() ? static_cast<body_sink&>(summed) : *c.to;
    const auto whole = account.lent->take_at_once(*size, into, arrived);
    c.data->progress.took(arrived);
    if (!whole) return step_failed(account, whole.error());
    account.data_left = *size - arrived;
    if (!*whole) return answer_step::data;
    const auto same = compare_sums(c);
    return same ? answer_step::good : step_failed(account, same.error());
}

/// The rest of it.
task<bool> client_impl::read_data(call& c, try_account& account, deadline by) {
    std::uint64_t arrived = 0;
    summing_sink summed(*c.to, c.data->so_far);
    body_sink& into = c.data->is_summed() ? static_cast<body_sink&>(summed) : *c.to;
    auto read = co_await account.lent->read_data(account.data_left, into, arrived, by);
    c.data->progress.took(arrived);
    if (read) read = compare_sums(c);
    co_return read.has_value() || failed(account, read.error());
}

/// What tells when a request is so late that it is worth a second one; null: it is waited for. Of
/// requests that write only parts, and only where a part that is stored twice stays what it is.
first_byte_patience* client_impl::patience_of(const call& c) {
    if (c.asked_again) return nullptr;
    if (c.to != nullptr) return &patience_;
    return c.is_part && etags_.repeats() ? &patience_of_parts_ : nullptr;
}

/// How many bytes of data follow. They are summed on their way where there is something to compare
/// with.
wire_result<std::uint64_t> client_impl::size_of_data(call& c, const response_head& head) {
    if (!c.data) c.data = std::make_unique<data_arrival>(*c.wanted());
    range_progress& progress = c.data->progress;
    const auto size = progress.begin(head);
    if (!size) return wire_error(size.error().code, size.error().where);
    if (!progress.continues()) {
        auto begun = c.to->begin(*size);
        if (!begun) return caller_error(begun.error());
        c.data->expected = progress.expected();
        c.data->so_far = running_checksum(c.data->expected.algorithm);
    }
    return *size;
}

wire_result<void> client_impl::compare_sums(call& c) {
    if (!c.data->is_summed() || c.data->so_far.finish() == c.data->expected)
        return wire_result<void>();
    c.data->progress.restart();
    return wire_error(
        s3_errc::checksum_mismatch, "the bytes that came do not have the checksum they should have"
    );
}

const endpoint& client_impl::endpoint_of(const std::string& bucket) const {
    if (elsewhere_.empty()) return options_.where;
    const auto known = elsewhere_.find(bucket);
    return known == elsewhere_.end() ? options_.where : known->second.where;
}

const std::shared_ptr<retry_budget>& client_impl::budget_of(const std::string& bucket) const {
    const auto known = elsewhere_.find(bucket);
    return known == elsewhere_.end() ? budget_ : known->second.budget;
}

/// By the endpoint, not by the bucket's own name at it: it is one service that is well or ill.
std::shared_ptr<retry_budget> client_impl::budget_at(const endpoint& where) const {
    return options_.budgets->of(to_string(server_address{where.host, where.port, where.tls}));
}

} // namespace sluice::s3
