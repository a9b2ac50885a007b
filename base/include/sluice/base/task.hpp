// base: the one coroutine type and the one completion token of the house.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice {

/// A coroutine on an Asio executor. Cancellation is Asio's (terminal): after it the next await
/// throws.
template <class T>
using task = boost::asio::awaitable<T>;

using boost::asio::any_io_executor;
using boost::asio::use_awaitable;

} // namespace sluice
