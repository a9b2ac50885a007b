// s3client: a listing from its first page to its last. Pure.
#pragma once

#include <sluice/base/result.hpp>
#include <sluice/s3/requests.hpp>

#include <string>
#include <vector>

namespace sluice::s3 {

/// Asks for page after page, and sees to it that they are one listing: names ascend by their bytes,
/// within a page and from one to the next, and there is an end. A store that shows an object twice,
/// or sorts in another way, may as well pass one over: whoever counts on a listing must know.
/// `object_store::list` hands out each page as the store tells it.
class listing_walk {
  public:
    explicit listing_walk(list_request first);

    /// What to ask the store for. There is nothing to ask for once the walk has ended.
    const list_request& request() const { return request_; }
    /// The answer to `request`. Errors: s3_errc::malformed_answer, with the names in `peer_text`;
    /// then nothing has changed, and the same page may be asked for again.
    result<void> take(const list_page& page);
    bool ended() const { return ended_; }

  private:
    result<void> check_order(const list_page& page) const;
    result<void> check_advance(const list_page& page) const;
    failure refuse(const char* how, std::string names) const;

    list_request request_;
    std::string last_;                ///< the largest name so far; empty: there was none
    std::vector<std::string> tokens_; ///< of the pages since then, which named nothing
    bool ended_ = false;
};

} // namespace sluice::s3
