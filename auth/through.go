package auth

import (
	"switchboard"
	"switchboard/store"
)

// What an OAuth client may do ends with its login. A device that was
// registered or approved with a token of such a login has a credential of its own,
// so it must not outlive it: it is stored with the login that it came through,
// expires with it, and ends when it ends. Devices that such a device makes came
// through the same login.

// authority is who lets a device be made. The zero one is nobody with an account
// here: the sandbox, or the app's own backend.
type authority struct {
	account switchboard.AccountID
	device  switchboard.DeviceID // 0: the account's own password or a browser session
	version int64                // of the account's credential when it proved itself; 0 with a device
}

// stands asks in the transaction that makes the device whether the authority is
// still good, and keeps it so until the end. It returns the OAuth client's login
// that the device comes through, or the zero Device.
func (a authority) stands(tx *store.Tx) (through store.Device, err error) {
	if a.account <= 0 {
		return through, nil
	}
	version, err := tx.HoldCredential(a.account) // before devices, as whoever changes the password does
	if err == nil && a.device == 0 && version != a.version {
		err = errProof
	}
	if err != nil {
		return through, gone(err)
	}
	if who, err := tx.Account(a.account); err != nil || who.Disabled {
		return through, gone(err)
	}
	if a.device == 0 {
		return through, nil
	}
	d, err := tx.Device(a.device)
	if err != nil || d.Account != a.account {
		return through, gone(err)
	}
	switch {
	case d.Client != "":
		through = d
	case d.Through != 0:
		if through, err = tx.Device(d.Through); err != nil {
			return through, gone(err)
		}
	}
	for _, id := range []switchboard.DeviceID{through.ID, d.ID} { // in the order in which endDevice ends them
		if id == 0 {
			continue
		}
		if live, err := tx.HoldDevice(id); err != nil || !live {
			return through, gone(err)
		}
	}
	return through, nil
}

// gone is the error for an authority that has ended.
func gone(err error) error {
	if err == nil || err == store.ErrNone {
		return errProof
	}
	return err
}

// endDevice revokes a device, and those that came through it, and records why;
// one that has ended is left alone.
func endDevice(tx *store.Tx, p switchboard.Principal, a Account, id switchboard.DeviceID, reason string) error {
	live, err := tx.RevokeDevice(id)
	if err != nil || !live {
		return err
	}
	record(tx, p, a.Tenant, switchboard.DeviceRevoked, a.ID, change{Device: id, Reason: reason})
	list, err := tx.DevicesThrough(id)
	if err != nil {
		return err
	}
	return endDevices(tx, p, list, reason)
}

func endDevices(tx *store.Tx, p switchboard.Principal, list []Device, reason string) error {
	for _, d := range list {
		a, err := tx.Account(d.Account)
		if err == nil {
			err = endDevice(tx, p, a, d.ID, reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endAllDevices revokes all devices of an account, whose end the caller records,
// and those of others that came through its logins.
func endAllDevices(tx *store.Tx, p switchboard.Principal, id switchboard.AccountID) error {
	list, err := tx.DevicesThroughAccount(id)
	if err == nil {
		err = tx.RevokeDevices(id)
	}
	if err != nil {
		return err
	}
	return endDevices(tx, p, list, ReasonRevoked)
}
