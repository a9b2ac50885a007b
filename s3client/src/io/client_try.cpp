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

} // namespace

/// Sends the request of one try. False: `account` tells why.
task<bool> client_impl::ask(call& c, try_account& account, deadline by) {
    if (!is_ready_to_sign()) {
        const auto ready = co_await get_ready_to_sign(by);
        if (!ready) co_return failed(account, refused(ready.error()));
    }
    if (c.from == nullptr) {
        prepare_own_body(c);
    } else {
        auto prepared = co_await prepare_body(c); // may take long: before a connection is held
        if (!prepared) co_return failed(account, prepared.error());
    }
    const placed_request place =
        place_request(endpoint_of(c.what.bucket), c.what.bucket, c.what.key);
    co_await options_.to_server->enter(); // before a connection is held
    if (auto idle = pool_.take_at_once(place.server, account.fresh_connection)) {
        account.lent.emplace(std::move(*idle));
    } else {
        auto acquired = co_await pool_.acquire(place.server, account.fresh_connection, by);
        if (!acquired)
            co_return failed(account, wire_error(acquired.error().code, acquired.error().where));
        account.lent.emplace(std::move(*acquired));
    }
    connection& over = **account.lent;
    over.obey(options_.to_server.get(), options_.in_all.get());
    if (c.from != nullptr) co_await over.pay_ahead(c.from->size());
    account.was_idle = account.lent->was_idle();
    if (!is_ready_to_sign()) { // waiting for connection and limits may have taken long
        const auto ready = co_await get_ready_to_sign(by);
        if (!ready) co_return failed(account, refused(ready.error()));
    }
    ++stats_.requests;
    account.identity = identity_;
    if (c.from == nullptr) {
        std::string head = write_head(c, place, chunked_shape()).head;
        if (!over.send_at_once(head)) {
            auto sent = co_await over.send(std::move(head), nullptr, by);
            if (!sent) co_return failed(account, sent.error());
        }
    } else {
        auto sent = co_await send(c, over, place, by);
        if (!sent) co_return failed(account, sent.error());
    }
    be_patient(c, account, by);
    co_return true;
}

/// How long the answer to what was sent just now may take to begin.
void client_impl::be_patient(const call& c, try_account& account, deadline by) {
    const client_limits& limits = options_.limits;
    const bool early = (*account.lent)->ended_early();
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

/// The answer that has come, or is still to come. False: `account` tells why it is no success.
task<bool> client_impl::take_answer(call& c, try_account& account, deadline by) {
    const client_limits& limits = options_.limits;
    connection& over = **account.lent;
    const bool early = over.ended_early();
    const auto patience = early           ? early_patience
                          : c.thinks_long ? limits.complete
                                          : limits.first_byte;
    auto head = co_await over.read_head(patience, c.what.method == "HEAD", by);
    account.answer_begun = over.answer_begun();
    if (!head) co_return failed(account, head.error());
    first_byte_patience* const learning = early ? nullptr : patience_of(c);
    if (learning != nullptr) learning->answered(deadline::clock::now() - account.asked);
    answer got;
    got.head = std::move(*head);
    const bool success = is_success(got.head);
    if (success && early) {
        const char* const what = "a success before the body was sent";
        co_return failed(account, wire_error(s3_errc::malformed_answer, what));
    }
    if (success && c.to != nullptr) {
        const auto read = co_await read_data(c, over, got.head, by);
        co_return read.has_value() || failed(account, read.error());
    }
    const auto text_patience = c.thinks_long ? limits.complete : limits.idle;
    auto text = co_await over.read_text(success ? most_xml : most_error, text_patience, by);
    if (text)
        got.text = std::move(*text);
    else if (success)
        co_return failed(account, text.error());
    const auto encrypted = success ? check_customer_key(c.what, got.head) : result<void>();
    if (!encrypted) co_return failed(account, refused(encrypted.error()));
    if (success && c.examine) {
        auto fine = c.examine(got);
        if (!fine) account.blames_checksum = blames_checksum(got, fine.error());
        if (!fine) co_return failed(account, refused(fine.error()));
    }
    if (success) co_return true;
    account.region = read_region(got);
    account.server_time = read_server_time(got.head);
    account.hint = read_retry_hint(got.head);
    failure why = read_failure(got, c.what.about);
    account.blames_checksum = blames_checksum(got, why);
    if (got.head.status == 304 && (c.what.method == "GET" || c.what.method == "HEAD"))
        why.code = s3_errc::not_modified;
    co_return failed(account, refused(std::move(why)));
}

/// The body of a success, into the call's sink.
task<wire_result<void>>
client_impl::read_data(call& c, connection& over, const response_head& head, deadline by) {
    const auto size = begin_data(c, head);
    if (!size) co_return size.error();
    std::uint64_t arrived = 0;
    summing_sink summed(*c.to, c.arrived);
    body_sink& into = c.sums_answer() ? static_cast<body_sink&>(summed) : *c.to;
    const auto whole = over.take_at_once(*size, into, arrived);
    wire_result<void> read;
    if (!whole)
        read = whole.error();
    else if (!*whole)
        read = co_await over.read_data(*size - arrived, into, arrived, by);
    c.progress->took(arrived);
    if (!read) co_return read.error();
    co_return compare_sums(c);
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
wire_result<std::uint64_t> client_impl::begin_data(call& c, const response_head& head) {
    if (!c.progress) c.progress = std::make_unique<range_progress>(*c.wanted);
    const auto size = c.progress->begin(head);
    if (!size) return wire_error(size.error().code, size.error().where);
    if (!c.progress->continues()) {
        auto begun = c.to->begin(*size);
        if (!begun) return caller_error(begun.error());
        c.expected = c.progress->expected();
        c.arrived = running_checksum(c.expected.algorithm);
    }
    return *size;
}

wire_result<void> client_impl::compare_sums(call& c) {
    if (!c.sums_answer() || c.arrived.finish() == c.expected) return wire_result<void>();
    c.progress->restart();
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
