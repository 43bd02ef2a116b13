// SPDX-License-Identifier: MIT
//
// A client of the pair that is not part of it: asks the service at a fixed rate and says what
// became of each request.
//
// Request k (from 0) leaves at start + k · Interval. It is answered when a reply with its number
// arrives from the address that was asked within Timeout, and lost otherwise, at that instant. A
// later reply changes nothing, and there are no retries: the client is a measuring instrument. The
// application's stop time ends the requests; those on their way are still judged.
#pragma once

#include <cstdint>
#include <deque>

#include <ns3/address.h>
#include <ns3/application.h>
#include <ns3/event-id.h>
#include <ns3/nstime.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>
#include <ns3/traced-callback.h>

namespace ns3 {

class UnderstudyClient : public Application {
 public:
  static TypeId GetTypeId();

  /// TracedCallback signatures: the request's number, when it was sent, when it was answered.
  typedef void (*AnsweredTracedCallback)(uint64_t request, Time sent, Time answered);
  typedef void (*LostTracedCallback)(uint64_t request, Time sent);

 protected:
  void DoDispose() override;

 private:
  struct Request {
    Time sent;
    bool answered = false;
  };

  void StartApplication() override;
  void StopApplication() override;
  void Ask();
  void Receive(Ptr<Socket> socket);
  void Answer(uint64_t request);
  void Expire();
  void ForgetAnswered();

  Address remote_;
  uint16_t port_ = 0;
  Time interval_;
  Time timeout_;

  Ptr<Socket> socket_;
  Time start_;
  uint64_t next_ = 0;  // request to be sent next
  std::deque<Request>
      pending_;  // requests next_ - pending_.size() .. next_ - 1; answered first goes
  EventId ask_;
  EventId expire_;  // of the oldest pending request, or earlier
  TracedCallback<uint64_t, Time, Time> answered_;
  TracedCallback<uint64_t, Time> lost_;
};

}  // namespace ns3
