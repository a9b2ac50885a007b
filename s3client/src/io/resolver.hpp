// s3client: names to addresses, kept for a minute.
#pragma once

#include <sluice/base/deadline.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/task.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::s3 {

/// Told once, on the executor: the numeric addresses, or why there are none.
using addresses_told = std::function<void(error_code why, std::vector<std::string> found)>;
/// Begins to ask for the addresses of a host; may outlive whoever waits.
using name_look_up = std::function<void(const std::string& host, addresses_told then)>;

class resolver {
  public:
    /// `ask` empty: the system is asked.
    explicit resolver(any_io_executor on, name_look_up ask = {});

    /// All addresses of `host`, numeric, beginning with another one each time. A numeric host is
    /// its own address. Cancellation: terminal; the system's look-up itself cannot be stopped and
    /// ends by itself.
    task<boost::system::result<std::vector<std::string>>>
    resolve(const std::string& host, deadline by);
    /// After a failed connect: the next call asks again.
    void forget(const std::string& host) { known_.erase(host); }

  private:
    struct entry {
        std::vector<std::string> addresses;
        deadline until = deadline::never();
        std::size_t turn = 0;
    };
    any_io_executor on_;
    name_look_up ask_;
    std::map<std::string, entry> known_;
};

} // namespace sluice::s3
