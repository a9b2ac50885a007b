// s3client: the client, and how any of its calls is made.
#pragma once

#include "../core/attempts.hpp"
#include "../core/aws_chunked.hpp"
#include "../core/etag_habit.hpp"
#include "../core/first_byte_patience.hpp"
#include "../core/request_builder.hpp"
#include "../core/response_reader.hpp"
#include "../core/running_checksum.hpp"
#include "../core/sigv4.hpp"
#include "../core/target.hpp"
#include "connection_pool.hpp"
#include "credential_keeper.hpp"
#include "network.hpp"
#include "spare_rooms.hpp"

#include <sluice/base/recycled_frames.hpp>
#include <sluice/base/spare_blocks.hpp>
#include <sluice/s3/client.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>

namespace sluice::s3 {

/// The data of an answer.
struct data_arrival {
    explicit data_arrival(const get_request& asked) : progress(asked) {}
    static void* operator new(std::size_t size) { return take_block(size); }
    static void operator delete(void* arrival, std::size_t size) { give_block(arrival, size); }

    range_progress progress;
    checksum expected; ///< known with the head
    running_checksum so_far;

    bool is_summed() const { return expected.algorithm != checksum::kind::none; }
};

/// What an answer told that was none of success.
struct try_verdict {
    std::string region; ///< the bucket's, if the answer told
    bool blames_checksum = false;
    std::optional<std::chrono::sys_seconds> server_time;
    std::optional<std::chrono::milliseconds> hint;
};

/// What one try holds and leaves behind. Thousands may wait for their answers: what only few have,
/// or not yet, is elsewhere.
struct try_account {
    connection_pool::lease lent;
    std::unique_ptr<wire_failure> why;         ///< it has failed with
    std::unique_ptr<try_verdict> told;         ///< often null, also of failures
    std::unique_ptr<response_head> begun;      ///< of the answer whose text is to be read
    std::uint64_t data_left = 0;               ///< to be read
    deadline answer_by = deadline::never();    ///< so long its answer is waited for now,
    std::chrono::milliseconds more_patience{}; ///< and then so much longer, unless it is too late
    deadline::clock::time_point asked;
    bool is_hurried = false;
    bool fresh_connection = false; ///< asked for
    bool was_idle = false;
    bool answer_begun = false;
    bool has_connection = false; ///< else nothing can have been sent
    bool too_late = false;       ///< given up early: others are answered much sooner
    std::uint64_t identity = 0;  ///< which credentials it was signed with

    /// In place of none.
    const try_verdict& verdict() const {
        static const try_verdict nothing;
        return told ? *told : nothing;
    }
};

/// What there is of an answer without waiting for more of it.
enum class answer_step {
    head = 1, ///< is still to come, or some of it
    text,     ///< some of it is still to come
    data,     ///< some of it is still to come
    good,
    failed, ///< the account tells why
};

/// What of a call has to be waited for.
enum class call_step { ask = 1, park, wait, take, read, go_on, succeeded, failed };

/// What the caller has asked for, where the request can be built of it again.
using asked_for = std::
    variant<std::monostate, const get_request*, const put_request*, const upload_part_request*>;

/// Enough for the bodies that are sent at a time.
using spare_requests = spares<std::unique_ptr<request>, 64>;

/// One call: the request, where its body comes from, where the answer's data goes, how to retry.
class call {
  public:
    /// Of what could not be built, `why` tells; there is nothing to perform then.
    explicit call(result<request> made) {
        if (made)
            made_ = std::make_unique<request>(std::move(*made));
        else
            why = std::make_unique<failure>(made.error());
    }
    /// Its request lies in one of `rooms`, and only while it is needed: who waits for an answer has
    /// none. `asked` must outlive it, and so must what it points to. With headers for checksums, or
    /// without.
    call(asked_for asked, bool with_sums, spare_requests& rooms)
        : asked_(asked), rooms_(&rooms), with_sums_(with_sums) {
        const auto unsafe = build();
        if (!unsafe) why = std::make_unique<failure>(unsafe.error());
    }
    ~call() {
        if (rooms_ != nullptr && made_) rooms_->give(std::move(made_));
    }
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    /// Built again where it has been left.
    request& what();
    const std::string& bucket() const;
    /// Null where the call is none.
    const get_request* wanted() const;
    /// Of those the request is never left.
    bool carries_secret() const { return made_ && made_->carries_secret; }
    bool is_head() const { return made_ && made_->method == "HEAD"; }
    /// Until it is asked for: nothing of it is needed meanwhile.
    void leave_request();
    /// A GET asks for what is missing, which changes from try to try.
    void ask_for_the_rest() {
        if (wanted() != nullptr && made_) rooms_->give(std::move(made_));
    }
    std::string_view operation() const;
    /// Takes the checksum out; false when there was none.
    bool strip_checksum();

    /// Both must outlive it. `of` is the body's checksum, if it is given; else what it is found to
    /// be, of the kind `to_compute`.
    void send_body(body_source& body, checksum& of, checksum::kind to_compute) {
        from = &body;
        sum = &of;
        has_sum = of.algorithm != checksum::kind::none;
        if (!has_sum) compute = to_compute;
    }

    /// Goes into requests that say nothing of it; outlives the call. Null: nothing.
    const request_terms* terms = nullptr;
    /// Reads a success. A failure of it is one of the try: it may be retried.
    std::function<result<void>(const answer&)> examine;
    body_source* from = nullptr; ///< null: the body is the request's
    /// Of the body, which is given, or computed before it is sent (`has_sum`) or while it was sent.
    checksum* sum = nullptr;
    checksum::kind compute = checksum::kind::none; ///< when none is given
    body_sink* to = nullptr;                       ///< null: the answer's body is text
    std::unique_ptr<data_arrival> data;            ///< of a GET with a sink, once it begins
    std::unique_ptr<failure> why;                  ///< it has failed with; see `failed`
    std::unique_ptr<std::string> body_hash;        ///< of one that is signed as a whole, once known
    std::string_view payload_hash;                 ///< what the head says of the body, in this try
    std::unique_ptr<attempts> tries;               ///< null: none has failed
    call_step step = call_step::ask;
    try_account now;                      ///< the try
    answer_step here = answer_step::head; ///< of its answer: is to be taken next
    unclear_outcome unclear = unclear_outcome::retry;
    bool has_sum = false;
    bool safe_to_repeat = true; ///< at once, when a reused connection was dead
    bool thinks_long = false;   ///< CompleteMultipartUpload
    bool is_part = false;       ///< UploadPart
    bool sum_is_wrong = false;  ///< on purpose
    bool body_touched = false;  ///< to be rewound before the next try
    bool asked_again = false;   ///< because its answer did not begin: not a second time
    bool was_cancelled = false; ///< while it waited for its answer
    bool wants_fresh = false;   ///< the next try: a connection of its own

    /// What it has failed with. Cancellation is thrown, unless the caller wants it told: here and
    /// not further down, as an exception is dear in every coroutine that it leaves.
    failure failed();
    /// False: it has ended.
    bool goes_on() const { return step != call_step::succeeded && step != call_step::failed; }
    bool has_worked() const { return step == call_step::succeeded; }
    bool is_chunked() const { return payload_hash.starts_with("STREAMING-"); }
    bool has_trailer() const { return payload_hash.ends_with("-TRAILER"); }

  private:
    result<void> build();
    bool tells_cancellation() const;

    asked_for asked_;
    std::unique_ptr<request> made_;
    spare_requests* rooms_ = nullptr; ///< null: it stays
    bool with_sums_ = false;
};

class client_impl final : public client, public recycled_frames {
  public:
    client_impl(any_io_executor on, client_options options, std::unique_ptr<network> through);

    task<result<put_receipt>> put(const put_request& what, body_source& from, deadline by) override;
    task<result<object_head>> get(const get_request& what, body_sink& to, deadline by) override;
    task<result<object_head>>
    head(const std::string& bucket, const std::string& key, deadline by) override;
    task<result<void>>
    remove(const std::string& bucket, const std::string& key, deadline by) override;
    task<result<list_page>> list(const list_request& what, deadline by) override;

    task<result<object_head>> head(const head_request& what, deadline by) override;
    task<result<removal_receipt>> remove_object(const remove_request& what, deadline by) override;
    task<result<std::vector<refused_removal>>>
    remove_many(const remove_many_request& what, deadline by) override;
    task<result<copy_receipt>> copy(const copy_request& what, deadline by) override;
    task<result<part_receipt>> copy_part(const copy_part_request& what, deadline by) override;
    task<result<tag_map>> tags(
        const std::string& bucket,
        const std::string& key,
        const std::string& version_id,
        deadline by
    ) override;
    task<result<void>> set_tags(
        const std::string& bucket,
        const std::string& key,
        const std::string& version_id,
        const tag_map& tags,
        deadline by
    ) override;
    result<std::string> presign(const presign_request& what) override;

    task<result<created_upload>>
    create_upload(const create_upload_request& what, deadline by) override;
    task<result<part_receipt>>
    upload_part(const upload_part_request& what, body_source& from, deadline by) override;
    task<result<std::string>>
    complete_upload(const complete_upload_request& what, deadline by) override;
    task<result<void>> abort_upload(
        const std::string& bucket, const std::string& key, const std::string& upload_id, deadline by
    ) override;
    task<result<std::vector<finished_part>>>
    list_parts(const list_parts_request& what, deadline by) override;
    task<result<std::vector<open_upload>>>
    list_uploads(const list_uploads_request& what, deadline by) override;

    const client_stats& stats() const override { return stats_; }
    task<result<void>> create_bucket(const std::string& bucket, deadline by) override;
    task<result<void>> remove_bucket(const std::string& bucket, deadline by) override;
    task<result<std::string>> bucket_location(const std::string& bucket, deadline by) override;
    task<result<void>> head_bucket(const std::string& bucket, deadline by) override;
    task<result<std::vector<lifecycle_rule>>>
    lifecycle(const std::string& bucket, deadline by) override;
    void set_store_verifies_checksums(bool yes) override {
        options_.store_verifies_checksums = yes;
    }
    void set_send_checksums(bool yes) override { options_.send_checksums = yes; }
    void set_capabilities(const capabilities& able) override {
        options_.able = able;
        list_version_told_ = true;
    }
    void set_signed_chunks(bool yes) override { options_.able.signed_chunks = yes; }
    bool hashes_bodies() const override {
        return signs_payload(true) && !options_.able.signed_chunks;
    }
    void close() override { pool_.close_idle(); }

  private:
    // client_buckets.cpp
    task<result<list_page>> list_in(bool second_version, const list_request& what, deadline by);
    bool is_of_first_version(const list_request& what, const answer& good) const;
    // client_call.cpp: tries
    task<bool> perform(call& c, deadline by);
    void begin(call& c);
    static parked_wait wait_of(call& c);
    task<bool> start(call& c, deadline by);
    void after_wait(call& c, error_code late, deadline by);
    void after(call& c, bool good);
    void begin_try(call& c);
    void look_for_answer(call& c);
    void end_try(call& c, bool good);
    void take_late(call& c, error_code late, deadline by);
    bool may_be_sent(call& c);
    task<bool> wait_for_answer(call& c, deadline by);
    task<bool> go_on(call& c, deadline by);
    bool asks_for_sums() const { return options_.send_checksums && options_.validate_checksums; }
    task<std::string> ask_region(call& c, deadline by);
    bool repair(attempts& tries, call& c, const failure& why, const try_account& last);
    bool drop_checksum(call& c, const failure& why);
    bool adopt_server_time(const try_account& last);
    task<result<bool>> renew_credentials(attempts& tries, const try_account& last, deadline by);
    bool is_ready_to_sign() const;
    task<result<void>> get_ready_to_sign(deadline by);
    failure named(failure why, call& c) const;
    failure named_of_caller(failure why, call& c) const;
    void note_retry(const failure& why, std::chrono::milliseconds pause);

    // client_body.cpp: a try's request and its body
    static void prepare_own_body(call& c);
    bool body_is_ready(call& c) const;
    task<wire_result<void>> prepare_body(call& c);
    void choose_payload(call& c) const;
    task<wire_result<void>> read_ahead(call& c, bool hash, bool sum);
    struct signed_request {
        std::string head; ///< and behind it the body that is ours
        chunk_signer chain;
    };
    signed_request write_head(call& c, connection& over, const chunked_shape& shape);
    task<wire_result<void>> send(call& c, connection& over, deadline by);
    bool signs_payload(bool has_checksum) const;
    std::chrono::sys_seconds store_time() const;

    // client_try.cpp: one try
    task<bool> ask(call& c, try_account& account, deadline by);
    void be_patient(const call& c, try_account& account, deadline by);
    bool stays_patient(const call& c, try_account& account, deadline by);
    answer_step take_answer_at_once(call& c, try_account& account);
    task<bool> take_answer(call& c, try_account& account, answer_step from, deadline by);
    answer_step take_head(call& c, try_account& account, wire_result<response_head> head);
    answer_step begin_data(call& c, try_account& account, const response_head& head);
    answer_step judge(call& c, try_account& account, const answer& got);
    task<bool> read_data(call& c, try_account& account, deadline by);
    first_byte_patience* patience_of(const call& c);
    static wire_result<std::uint64_t> size_of_data(call& c, const response_head& head);
    static wire_result<void> compare_sums(call& c);
    const endpoint& endpoint_of(const std::string& bucket) const;
    const std::shared_ptr<retry_budget>& budget_of(const std::string& bucket) const;
    std::shared_ptr<retry_budget> budget_at(const endpoint& where) const;

    client_options options_;
    client_stats stats_;
    std::unique_ptr<network> network_;
    connection_pool pool_;
    signer signer_;
    // Of the request that is being written; their room is used again.
    placed_request place_;
    target_writer target_;
    header_list headers_;
    spare_requests requests_;
    std::unique_ptr<credential_keeper> keeper_; ///< null: `who` signs, for ever
    std::uint64_t identity_ = 0;                ///< which of its credentials sign
    std::shared_ptr<retry_budget> budget_;      ///< of the endpoint
    first_byte_patience patience_;              ///< of reads of data
    first_byte_patience patience_of_parts_;
    etag_habit etags_;
    bool checksums_refused_ = false;  ///< by the store: bodies are signed instead
    bool has_second_version_ = false; ///< of listings: the store has given a token of it
    bool list_version_told_ = false;  ///< by the owner: it is not learnt then
    std::mt19937_64 random_;
    struct other_place {
        endpoint where;
        std::shared_ptr<retry_budget> budget;
    };
    std::map<std::string, other_place> elsewhere_; ///< of buckets in other regions
    std::chrono::seconds skew_{0};                 ///< the server's clock minus ours
};

} // namespace sluice::s3
