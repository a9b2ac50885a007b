// s3client: the state of a probe while it runs; each file of `probe_*` asks one kind of question.
#pragma once

#include <sluice/s3/error.hpp>
#include <sluice/s3/probe.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::s3 {

/// A refusal that means "this store does not do that", as against "not now" or "not you".
bool is_refusal(const failure& why);

class prober {
  public:
    prober(any_io_executor on, client& store, probe_request what, deadline by);

    /// The first PUT, its ETag, version and metadata. Errors: what the store said to it.
    task<result<void>> ask_plain();
    task<void> ask_reads();
    task<void> ask_conditions();
    task<void> ask_race();
    task<void> ask_checksums();
    task<void> ask_framing();
    task<void> ask_listings();
    task<void> ask_uploads();
    task<void> ask_upload_checksums();
    task<void> ask_rest();
    /// Removes everything and looks whether it is gone.
    task<void> clean();

    store_profile found;

  private:
    struct made_object {
        std::string key, version_id;
    };
    /// One multipart upload: what is sent, and what came of it.
    struct upload_trial {
        std::string key;
        std::vector<std::uint64_t> sizes;
        bool last_is_copied = false; ///< a further part, made by UploadPartCopy
        bool once = false;           ///< completed with If-None-Match: *
        checksum::kind algorithm = checksum::kind::none;
        bool wrong_sum = false; ///< of the whole

        std::string id;
        std::vector<finished_part> parts;
        std::string etag;
    };

    void say(ability what, verdict said, std::string note = {});
    void say(ability what, const failure& why);
    std::string key_of(std::string_view name) const;
    deadline soon() const { return by_.earliest(std::chrono::seconds(30)); }
    put_request put_of(const std::string& key) const;
    task<result<put_receipt>> put(const put_request& what, std::string text);
    task<result<std::string>> read(const get_request& what);
    task<result<object_head>> head_of(const std::string& key);
    task<result<void>> drop(const std::string& key, std::string version_id);

    task<result<object_head>> head_at_last(const std::string& key);
    task<void> ask_second_put();
    task<result<std::size_t>> race();
    task<void> ask_checksum(checksum::kind algorithm, ability takes, ability verifies);
    task<void> ask_frame(ability what, const capabilities& how, bool unsigned_body, bool summed);

    task<result<std::vector<std::string>>> list_all(const std::string& prefix, unsigned limit);
    task<void> ask_version(ability what, bool second, const std::vector<std::string>& keys);
    task<void> put_odd_keys();
    task<result<bool>> settle(const std::vector<std::string>& keys);
    task<void> ask_odd_keys();
    task<void> ask_freshness();
    task<result<bool>> is_listed(const std::string& key);

    task<result<void>> begin(upload_trial& trial);
    task<result<void>> send_parts(upload_trial& trial);
    task<result<void>> copy_last_part(upload_trial& trial);
    task<result<void>> complete(upload_trial& trial);
    task<result<void>> whole(upload_trial& trial);
    task<void> give_up(const upload_trial& trial);
    task<bool> ask_part_sizes();
    task<bool> try_sizes(std::vector<std::uint64_t> sizes, std::string& why);
    task<bool> ask_part_etags(upload_trial& trial);
    task<void> ask_lists_of(const upload_trial& trial);
    task<void> ask_completed(upload_trial& trial);
    task<void> ask_inside_an_upload();
    task<void> ask_complete_once();
    task<void> clean_uploads();
    task<void> clean_listed();

    any_io_executor on_;
    client& store_;
    const probe_request what_;
    const deadline by_;
    std::string base_; ///< every key begins with it
    std::vector<made_object> made_;
    std::chrono::milliseconds read_lag_{0}; ///< before what was written can be read
    std::string plain_etag_;
    std::string hard_key_; ///< that XML cannot carry; empty: the store does not take it
    byte_vector block_;    ///< what parts are made of
};

} // namespace sluice::s3
