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

/// One call: the request, where its body comes from, where the answer's data goes, how to retry.
struct call {
    /// Of what could not be built, `why` tells; there is nothing to perform then.
    /// Its request may leave its room to the next one's.
    explicit call(result<request> made, spares<request>* back = nullptr) : given_back_to(back) {
        if (made)
            what = std::move(*made);
        else
            why = std::make_unique<failure>(made.error());
    }
    ~call() {
        if (given_back_to != nullptr) given_back_to->give(std::move(what));
    }
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    request what;
    spares<request>* given_back_to; ///< null: to nobody
    /// Reads a success. A failure of it is one of the try: it may be retried.
    std::function<result<void>(const answer&)> examine;
    body_source* from = nullptr; ///< null: the body is `what.body`
    checksum sum;                ///< of the body: given, or computed before it is sent
    checksum::kind compute = checksum::kind::none; ///< when none is given
    checksum computed;                             ///< while the body was sent
    body_sink* to = nullptr;                       ///< null: the answer's body is text
    const get_request* wanted = nullptr;           ///< of a GET with a sink
    std::unique_ptr<data_arrival> data;            ///< of that, once it begins
    unclear_outcome unclear = unclear_outcome::retry;
    bool safe_to_repeat = true;    ///< at once, when a reused connection was dead
    bool thinks_long = false;      ///< CompleteMultipartUpload
    bool is_part = false;          ///< UploadPart
    bool sum_is_wrong = false;     ///< on purpose
    std::string body_hash;         ///< of a body that is signed as a whole, once known
    std::string_view payload_hash; ///< what the head says of the body, in this try
    bool body_touched = false;     ///< to be rewound before the next try
    bool asked_again = false;      ///< because its answer did not begin: not a second time
    bool was_cancelled = false;    ///< while it waited for its answer
    bool wants_fresh = false;      ///< the next try: a connection of its own
    std::unique_ptr<failure> why;  ///< it has failed with; see `failed`

    /// What it has failed with. Cancellation is thrown, here and not further down: an exception is
    /// dear in every coroutine that it leaves.
    failure failed() const;
    checksum sent_sum() const { return sum.algorithm == checksum::kind::none ? computed : sum; }
    bool is_chunked() const { return payload_hash.starts_with("STREAMING-"); }
    bool has_trailer() const { return payload_hash.ends_with("-TRAILER"); }
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
    std::optional<connection_pool::lease> lent;
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
    task<bool> go_on(call& c, attempts& tries, try_account& last, deadline by);
    void ask_for_the_rest(call& c) const;
    bool asks_for_sums() const { return options_.send_checksums && options_.validate_checksums; }
    task<std::string> ask_region(const call& c, deadline by);
    bool repair(attempts& tries, call& c, const failure& why, const try_account& last);
    bool drop_checksum(call& c, const failure& why);
    bool adopt_server_time(const try_account& last);
    task<result<bool>> renew_credentials(attempts& tries, const try_account& last, deadline by);
    bool is_ready_to_sign() const;
    task<result<void>> get_ready_to_sign(deadline by);
    failure named(failure why, const call& c) const;
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
    spares<request> requests_;
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
